// How fast a table is copied, beside a plain parallel copy of the same files between the same stores: between folders,
// and from MinIO and to Azurite where they are. The yardstick and the copy each begin with an empty target.

import { join } from 'node:path'
import { counted } from '#runtime/counted'
import type { Env } from '#runtime/settings'
import type { AzureAddress, S3Address } from '#support/services/addresses'
import { newFolder, removeFolder } from '#support/temporary_folder'
import { script } from './tickerlake.ts'
import { rounded, runWhole, type Usage } from './whole_process.ts'

/** What to copy, and between which stores. */
export interface CopyBench {
  readonly files: number
  readonly bytes: number
  readonly s3: S3Address | null
  readonly azure: AzureAddress | null
  readonly say: (line: string) => void
}

/** Figures of one way. */
interface WayFigures {
  readonly plain: CopyFigures
  readonly copy: CopyFigures
  /** The copy's speed as a share of the plain one's. */
  readonly ratio: number
}

interface CopyFigures {
  readonly seconds: number
  readonly mbPerSecond: number
  readonly cpuSecondsPerGb: number
  readonly peakMemoryMb: number | null
}

const GB = 1e9
const MB = 1e6

/** Copies between every pair of stores that there is; null where one is not there. */
export async function copyFigures(bench: CopyBench): Promise<object> {
  const { files, bytes, s3, azure, say } = bench
  const folder = newFolder()
  const table = join(folder, 'table')
  // As the launcher does: compiled code is kept, and what compiles it is not loaded.
  const cache = { NODE_COMPILE_CACHE: join(folder, 'compiled') }
  const env = { ...storesOf(bench), ...cache }
  try {
    say(`a table of ${counted(files, 'file')} and ${counted(Math.round(bytes / MB), 'MB')} ...`)
    const size = { ...cache, BENCH_COPY_FILES: String(files), BENCH_COPY_BYTES: String(bytes) }
    await runWhole(script('copying.ts', ['table', table], size))
    const inBucket = `s3://bench-${process.pid}/table`
    const inContainer = `${azure?.endpoint}/bench-${process.pid}`
    if (s3 !== null) await runWhole(script('copying.ts', ['copy', table, inBucket], env))
    const measure = (from: string, to: string) => wayFigures({ bench, from, to, env, scratch: join(folder, 'copies') })
    return {
      files,
      bytes,
      folderToFolder: await measure(table, ''),
      s3ToFolder: s3 === null ? null : await measure(inBucket, ''),
      folderToAzure: azure === null ? null : await measure(table, inContainer),
      s3ToAzure: s3 === null || azure === null ? null : await measure(inBucket, inContainer),
    }
  } finally {
    removeFolder(folder)
  }
}

/** Both stores' settings; each counts for its own kind of place. */
function storesOf({ s3, azure }: CopyBench): Env {
  return {
    ...(s3 === null
      ? {}
      : {
          S3_ENDPOINT: s3.endpoint,
          AWS_REGION: s3.region,
          AWS_ACCESS_KEY_ID: s3.accessKeyId,
          AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
        }),
    ...(azure === null ? {} : { AZURE_STORAGE_ENDPOINT: azure.endpoint, AZURE_STORAGE_KEY: azure.key }),
  }
}

interface Way {
  readonly bench: CopyBench
  readonly from: string
  /** Empty: a folder. */
  readonly to: string
  readonly env: Env
  readonly scratch: string
}

async function wayFigures({ bench: { bytes, say }, from, to, env, scratch }: Way): Promise<WayFigures> {
  const run = async (how: 'plain' | 'copy') => {
    const target = to === '' ? join(scratch, how) : `${to}-${targets++}/${how}`
    const figures = figuresOf(await runWhole(script('copying.ts', [how, from, target], env)), bytes)
    say(`${how} ${from} -> ${target}: ${figures.mbPerSecond} MB/s`)
    removeFolder(scratch)
    return figures
  }
  const [plain, copy] = [await run('plain'), await run('copy')]
  return { plain, copy, ratio: rounded(plain.seconds / copy.seconds) }
}

/** Each copy to Azure has a container of its own. */
let targets = 0

function figuresOf({ seconds, cpuSeconds, peakMemoryMb }: Usage, bytes: number): CopyFigures {
  return {
    seconds: rounded(seconds),
    mbPerSecond: Math.round(bytes / MB / seconds),
    cpuSecondsPerGb: rounded((cpuSeconds * GB) / bytes),
    peakMemoryMb,
  }
}
