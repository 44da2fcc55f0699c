// The actions of a Delta log entry, as PROTOCOL.md names them. Integers that may pass 2^53 are bigint when they do.

/** A 64-bit integer of the log: a number while a double holds it exactly, else a bigint. */
export type Long = number | bigint

/** What a table asks of those who read and write it: versions, and from 3 and 7 on, features by name. */
export interface Protocol {
  readonly minReaderVersion: number
  readonly minWriterVersion: number
  readonly readerFeatures?: readonly string[]
  readonly writerFeatures?: readonly string[]
}

/** The table itself: its id, its schema as JSON text, its partition columns and properties. */
export interface Metadata {
  readonly id: string
  readonly name?: string | null
  readonly description?: string | null
  readonly format: { readonly provider: string; readonly options: Readonly<Record<string, string>> }
  readonly schemaString: string
  readonly partitionColumns: readonly string[]
  readonly configuration: Readonly<Record<string, string>>
  readonly createdTime?: Long | null
}

/** Rows of a file that are not in the table any more: PROTOCOL.md, Deletion Vector Descriptor Schema. */
export interface DeletionVector {
  /** A file by a name that is made of a UUID, the log itself, a file by its absolute path. */
  readonly storageType: 'u' | 'i' | 'p'
  readonly pathOrInlineDv: string
  readonly offset?: number | null
  readonly sizeInBytes: number
  /** Rows that it deletes. */
  readonly cardinality: number
}

/** A data file that joins the table. */
export interface AddFile {
  /** URI-encoded, relative to the table's root unless absolute. */
  readonly path: string
  readonly partitionValues: Readonly<Record<string, string | null>>
  readonly size: Long
  readonly modificationTime: Long
  readonly dataChange: boolean
  /** JSON text; kept as text so that no integer in it is rounded. */
  readonly stats?: string | null
  readonly tags?: Readonly<Record<string, string>> | null
  readonly deletionVector?: DeletionVector | null
}

/** A data file that leaves the table. It stays in the store until no reader may need it: a tombstone. */
export interface RemoveFile {
  readonly path: string
  readonly dataChange: boolean
  readonly deletionTimestamp?: Long | null
  readonly extendedFileMetadata?: boolean | null
  readonly partitionValues?: Readonly<Record<string, string | null>> | null
  readonly size?: Long | null
  readonly stats?: string | null
  readonly tags?: Readonly<Record<string, string>> | null
  readonly deletionVector?: DeletionVector | null
}

/** How far an application has got; the newest one of an appId counts. */
export interface Txn {
  readonly appId: string
  readonly version: Long
  readonly lastUpdated?: Long | null
}

/** Free facts about a commit; `txnId` is the commit's own id. */
export interface CommitInfo {
  /** When the commit counts as made, in tables that have in-commit timestamps. */
  readonly inCommitTimestamp?: Long
  readonly timestamp?: Long
  readonly operation?: string
  readonly operationParameters?: Readonly<Record<string, string>>
  readonly operationMetrics?: Readonly<Record<string, string>>
  readonly engineInfo?: string
  readonly txnId?: string
  readonly isBlindAppend?: boolean
  readonly readVersion?: Long
  readonly [other: string]: unknown
}

/** One line of a log entry: exactly one of these is there; unknown actions are skipped by readers. */
export interface Action {
  readonly protocol?: Protocol
  readonly metaData?: Metadata
  readonly add?: AddFile
  readonly remove?: RemoveFile
  readonly txn?: Txn
  readonly commitInfo?: CommitInfo
}
