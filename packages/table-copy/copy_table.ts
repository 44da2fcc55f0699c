// Copies a Delta table to another store: each version's files first, then its log entry as it is to the byte, so that a
// reader of the target finds a whole table at some version of the source at every moment, whatever happens to the
// copier. Nothing is overwritten and nothing deleted, and what is there is not copied again. A target has one copier:
// see lease.ts.

import { hasInCommitTimestamps } from '#delta/upgrade'
import type { ObjectStore } from '#object-store/object_store'
import { PlatformError } from '#runtime/errors'
import { runWindow } from '#table-copy/files/window'
import { COPY_BEGINNINGS_MAX } from '#table-copy/limits'
import { copyHint } from '#table-copy/log/extras'
import type { CopyOptions, CopyOutcome } from '#table-copy/pass'
import { type CopyPlan, makePlan } from '#table-copy/pass/plan'
import { stepsOf } from '#table-copy/pass/steps'
import { beginWork, type CopyWork, GoneAtSource, tellProgress } from '#table-copy/pass/work'

/**
 * Brings the target to the version that is the source's newest now. The stores are the tables' roots. Throws
 * TABLE_CONFLICT when the target is no copy of the source, or the source cannot be copied as it is; TABLE_UNSUPPORTED,
 * before anything is written, for a feature or a path that we do not know how to copy; TABLE_NOT_FOUND; TABLE_CORRUPT;
 * STOPPED; STORE_ errors. The target is whole then, too, and the next pass goes on.
 */
export async function copyTable(source: ObjectStore, target: ObjectStore, options: CopyOptions): Promise<CopyOutcome> {
  const work = beginWork(source, target, options)
  let first: CopyPlan | undefined
  for (let round = 1; ; round++) {
    try {
      const plan = await makePlan(work, round > 1)
      first ??= plan
      await carryOut(work, plan)
      return outcomeOf(work, { ...plan, from: first.from })
    } catch (error) {
      if (!(error instanceof GoneAtSource)) throw error
      if (round >= COPY_BEGINNINGS_MAX) throw restless(work, error)
      options.logger?.warn({ table: source.url, version: error.version, cause: error.message }, 'the copy begins anew')
    }
  }
}

async function carryOut(work: CopyWork, plan: CopyPlan): Promise<void> {
  const { from, to, filesPlanned, bytesPlanned } = plan
  Object.assign(work.progress, { version: from, to, files: 0, bytes: 0, filesPlanned, bytesPlanned })
  tellProgress(work)
  await runWindow(work, stepsOf(work, plan))
  await copyHint(work)
}

function outcomeOf({ tally }: CopyWork, { from, to, beginning, rules }: CopyPlan): CopyOutcome {
  return {
    from,
    to,
    ...(beginning === undefined ? {} : { startedAtCheckpoint: beginning.checkpoint.version }),
    ...tally,
    inCommitTimestamps: hasInCommitTimestamps(rules),
    ...rules,
  }
}

function restless({ source }: CopyWork, cause: Error): PlatformError {
  const often = `${COPY_BEGINNINGS_MAX} times while it was copied`
  const fact = `${source.url} was cleaned or vacuumed ${often}: ${cause.message}`
  const message = `${fact}; copy again when that is over`
  return new PlatformError('TABLE_CONFLICT', message, { cause, retryable: true, fields: { table: source.url } })
}
