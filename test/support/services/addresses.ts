// What a test is handed about a real service, and how it travels from the run's start to the test's process.
// Plain data only: vitest clones it.

/** Where a Kafka broker listens, without TLS or SASL. */
export interface KafkaAddress {
  /** As KAFKA_BROKERS takes it: `host:port`, comma separated. */
  readonly brokers: string
}

/** Where an S3 store listens, and who may use it. */
export interface S3Address {
  readonly endpoint: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly region: string
}

/** Where an account's Blob service of Azure listens, and who may use it. */
export interface AzureAddress {
  /** As AZURE_STORAGE_ENDPOINT takes it: with the account in the path, as emulators have it, or in the host. */
  readonly endpoint: string
  readonly account: string
  readonly key: string
}

/** `unwanted`: no selected test file asks for it, so it was not looked for. */
export type Provided<Address> =
  | { readonly kind: 'running'; readonly address: Address; readonly label: string }
  | { readonly kind: 'missing'; readonly reason: string }
  | { readonly kind: 'unwanted' }

/** All services of a run. */
export interface ProvidedServices {
  readonly kafka: Provided<KafkaAddress>
  readonly s3: Provided<S3Address>
  readonly azure: Provided<AzureAddress>
}

declare module 'vitest' {
  interface ProvidedContext {
    services: ProvidedServices
  }
  interface TaskMeta {
    /** The services for whose absence the test is skipped. */
    missingServices?: readonly string[]
  }
}
