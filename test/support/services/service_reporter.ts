// The line at the end of a run that says which real services it used, and what was skipped for want of one.

import type { Reporter, TestCase, TestModule, TestSuite, Vitest } from 'vitest/node'
import type { Provided, ProvidedServices } from '#support/services/addresses'

/** Prints `Tested on  Kafka: ...   S3: ...   Azure: ...` after vitest's own summary. */
export class ServiceReporter implements Reporter {
  #vitest: Vitest | undefined

  onInit(vitest: Vitest): void {
    this.#vitest = vitest
  }

  onTestRunEnd(testModules: readonly TestModule[]): void {
    const contexts = (this.#vitest?.projects ?? []).map((project) => project.getProvidedContext())
    const services: ProvidedServices | undefined = contexts.find((context) => context.services)?.services
    if (services === undefined) return
    const skipped = testModules.flatMap((module) => [...module.children.allTests('skipped')])
    const line = servicesLine(services, skipped.filter(wantsMissingService).length)
    this.#vitest?.logger.log(`${line}\n`)
  }
}

/** The line for people. */
export function servicesLine(services: ProvidedServices, skippedTests: number): string {
  const { kafka, s3, azure } = services
  const line = `Tested on  Kafka: ${label(kafka)}   S3: ${label(s3)}   Azure: ${label(azure)}`
  return skippedTests === 0 ? line : `${line}\nSkipped for want of a real service: ${skippedTests}`
}

function label(provided: Provided<unknown>): string {
  if (provided.kind === 'running') return provided.label
  return provided.kind === 'unwanted' ? 'not needed' : `skipped (${provided.reason})`
}

function wantsMissingService(test: TestCase): boolean {
  let at: TestCase | TestSuite | TestModule = test
  while (at.type !== 'module') {
    if (at.meta().missingServices !== undefined) return true
    at = at.parent
  }
  return false
}
