// The steps of a pass in their order: the checkpoint that the copy begins at, or what else the target lacks of versions
// that it has; then entry after entry, each with the checkpoints of its version behind it.

import { commitKey } from '#delta/log/listing'
import { type TableVersion, tableVersion } from '#runtime/units'
import type { CopyStep } from '#table-copy/files/window'
import { copyCheckpoint } from '#table-copy/log/checkpoints'
import { entriesOf } from '#table-copy/log/entries'
import { copyExtras, type LogExtras } from '#table-copy/log/extras'
import { putEntry, type SourceEntry } from '#table-copy/log/put_entry'
import type { Beginning } from '#table-copy/pass/beginning'
import type { CopyPlan } from '#table-copy/pass/plan'
import { type CopyWork, GoneAtSource, tellProgress, tried } from '#table-copy/pass/work'

/** The steps that carry out the plan. */
export async function* stepsOf(work: CopyWork, plan: CopyPlan): AsyncGenerator<CopyStep, void, void> {
  const { beginning, extras, first, to } = plan
  if (beginning !== undefined) yield beginningStep(work, beginning)
  yield { files: [], bytes: 0, finish: () => copyExtras(work, extrasIn(extras, { from: 0, to: first - 1 })) }
  for await (const { version, bytes, content } of entriesOf(work, work.source, { first, last: to })) {
    yield {
      files: content.files,
      bytes: bytes.byteLength,
      async finish() {
        await landEntry(work, { version, bytes })
        await copyExtras(work, extrasIn(extras, { from: version, to: version }))
      },
    }
  }
}

/** A reader finds the version as soon as the checkpoint is there; its entry is for those who read on from it. */
function beginningStep(work: CopyWork, { files, checkpoint }: Beginning): CopyStep {
  const { version } = checkpoint
  return {
    files,
    bytes: 0,
    async finish() {
      await copyCheckpoint(work, checkpoint)
      const bytes = await tried(work, () => work.source.get(commitKey(version)))
      if (bytes === undefined) throw new GoneAtSource('its log entry', version)
      await landEntry(work, { version, bytes })
    },
  }
}

async function landEntry(work: CopyWork, entry: SourceEntry): Promise<void> {
  if ((await putEntry(work, entry)) === 'written') work.tally.entries++
  work.progress.version = tableVersion(Math.max(entry.version, work.progress.version ?? 0))
  tellProgress(work)
}

function extrasIn(
  { checkpoints, checksums }: LogExtras,
  { from, to }: { readonly from: number; readonly to: number },
): LogExtras {
  const isIn = (version: TableVersion) => version >= from && version <= to
  return { checkpoints: checkpoints.filter(({ version }) => isIn(version)), checksums: checksums.filter(isIn) }
}
