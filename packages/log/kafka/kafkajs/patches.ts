// Behaviours of kafkajs 2.2.4 that exactly-once reading and fast publishing cannot live with and that no option
// changes. They are changed on its classes, once a process. Invariant: kafkajs is pinned exactly; another version is
// refused, since these are its internals. Source: kafkajs/src/cluster/{index,brokerPool}.js,
// src/consumer/consumerGroup.js, src/network/requestQueue/index.js, src/protocol/{encoder,request}.js,
// src/protocol/requests/{fetch,produce}.

import { createRequire } from 'node:module'
import kafkajs from 'kafkajs'
import { systemClock } from '#runtime/clock'
import { rememberCoordinators } from './coordinators.ts'
import { fetchAhead } from './fetch_ahead.ts'
import { decodeFetchResponse } from './fetch_response.ts'
import {
  carriesBatches,
  FramedRequest,
  PRODUCE_VERSIONS,
  type ProduceArguments,
  produceRequest,
} from './produce_request.ts'
import { rejoinAfterSteps } from './rejoins.ts'
import { sendOnce } from './sent_batches.ts'

const VERSION = '2.2.4'

interface Patchable<T> {
  readonly prototype: T
}

interface ConsumerGroupInternals {
  recoverFromOffsetOutOfRange(error: unknown): Promise<void>
}

interface ClusterInternals {
  metadata(question?: { readonly topics?: readonly string[] }): Promise<object | null>
}

interface RequestQueueInternals {
  readonly pending: readonly unknown[]
  readonly throttledUntil: number
  throttleCheckTimeoutId: NodeJS.Timeout | null
  checkPendingRequests(): void
  scheduleCheckPendingRequests(): void
}

interface ConnectionInternals {
  readonly bytesBuffered: number
  chunks: readonly Buffer[]
  processData(data: Buffer): void
}

interface ResponseInternals {
  decode(rawData: Buffer): Promise<object>
}

interface RequestDefinition {
  protocol(options: { version: number }): (given: ProduceArguments) => { readonly response: ResponseInternals }
}

interface EncoderInternals {
  readonly buffer: Buffer
  writeEncoder(value: object): object
}

const CHECK_PENDING_MS = 10

/** Versions of the fetch response that kafkajs knows and that know transactions. */
const FETCH_VERSIONS = [4, 5, 6, 7, 8, 9, 10, 11]

let patched = false

/** Applies the patches. Throws when kafkajs is not the version they are made for. */
export function patchKafkajs(): void {
  if (patched) return
  const require = createRequire(import.meta.url)
  const { version } = require('kafkajs/package.json') as { version: string }
  if (version !== VERSION) throw new Error(`kafkajs is ${version}, but its patches are for ${VERSION}: review them`)
  refuseOffsetReset(require('kafkajs/src/consumer/consumerGroup'))
  rejoinAfterSteps(require('kafkajs/src/consumer/consumerGroup'))
  refuseNoAnswer(require('kafkajs/src/cluster'))
  scheduleOnlyWhatWaits(require('kafkajs/src/network/requestQueue'))
  for (const fetchVersion of FETCH_VERSIONS) {
    const response = require(`kafkajs/src/protocol/requests/fetch/v${fetchVersion}/response`) as ResponseInternals
    response.decode = async (rawData) => decodeFetchResponse(rawData, fetchVersion)
  }
  fetchAhead(require('kafkajs/src/broker'))
  sendOnce(require('kafkajs/src/broker'))
  sendBatches(require('kafkajs/src/protocol/requests/produce'))
  rememberCoordinators(require('kafkajs/src/cluster'), require('kafkajs/src/network/connectionPool'))
  keepNoEmptyRest(require('kafkajs/src/network/connection'))
  frameInPlace(require('kafkajs/src/protocol/encoder'))
  patched = true
}

/**
 * kafkajs makes an object and several buffers of each record that it sends. Batches that are encoded already go out as
 * they are; what anybody else sends through kafkajs takes its usual way.
 */
function sendBatches(produce: RequestDefinition): void {
  const original = produce.protocol
  produce.protocol = ({ version }) => {
    const make = original({ version })
    return (given) => {
      if (!carriesBatches(given)) return make(given)
      const { min, max } = PRODUCE_VERSIONS
      if (version < min || version > max) throw new Error(`Kafka takes produce requests of version ${version} only`)
      const { response } = make(given)
      const request = produceRequest(given, { version, now: systemClock.now })
      const decode = async (rawData: Buffer) => {
        request.answered()
        return await response.decode(rawData)
      }
      return { request, response: { ...response, decode } }
    }
  }
}

/** kafkajs copies each request twice, behind its header and behind its length. Ours have room in front for both. */
function frameInPlace({ prototype }: Patchable<EncoderInternals>): void {
  const { writeEncoder } = prototype
  prototype.writeEncoder = function (this: EncoderInternals, value) {
    return value instanceof FramedRequest ? value.behind(this.buffer) : writeEncoder.call(this, value)
  }
}

/**
 * When records were deleted before they were read, kafkajs commits offset -1 for the group and goes on at one end of
 * the log: a silent gap, and our committed offset and its metadata are lost. The error must come out instead.
 */
function refuseOffsetReset({ prototype }: Patchable<ConsumerGroupInternals>): void {
  prototype.recoverFromOffsetOutOfRange = async (error) => {
    throw error
  }
}

/**
 * When each broker fails while it is asked about the cluster, kafkajs gives null for an answer, and whoever reads it
 * fails with a TypeError: a service that starts while a broker goes away would end instead of trying again.
 */
function refuseNoAnswer({ prototype }: Patchable<ClusterInternals>): void {
  const { metadata } = prototype
  prototype.metadata = async function (this: ClusterInternals, question) {
    const answer = await metadata.call(this, question)
    if (answer === null) throw new kafkajs.KafkaJSConnectionError('no broker has answered')
    return answer
  }
}

/**
 * kafkajs keeps a timer of a negative delay, so 1 ms, running on every connection, whether or not a request waits: a
 * warning on Node 24, and a thousand wake-ups a second when idle.
 */
function scheduleOnlyWhatWaits({ prototype }: Patchable<RequestQueueInternals>): void {
  prototype.scheduleCheckPendingRequests = function (this: RequestQueueInternals) {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return
    const delayMs = Math.max(CHECK_PENDING_MS, this.throttledUntil - systemClock.now())
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null
      this.checkPendingRequests()
    }, delayMs)
  }
}

/** kafkajs joins what is left behind an answer with what comes next even if nothing is left: a copy of each answer. */
function keepNoEmptyRest({ prototype }: Patchable<ConnectionInternals>): void {
  const process = prototype.processData
  prototype.processData = function (this: ConnectionInternals, data) {
    if (this.bytesBuffered === 0) this.chunks = []
    process.call(this, data)
  }
}
