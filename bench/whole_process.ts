// A program run to its end and measured from outside, start-up and children included, so that programs of any kind are
// measured alike. The shell tells the CPU time; memory is what Linux has noted in /proc, and null elsewhere.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import type { Env } from '#runtime/settings'

/** A program to run. */
export interface Call {
  readonly command: string
  readonly args: readonly string[]
  /** All that it finds in its environment besides PATH and HOME. */
  readonly env: Env
}

/** What a run took. */
export interface Usage {
  readonly seconds: number
  readonly cpuSeconds: number
  readonly peakMemoryMb: number | null
  /** The memory in use over the run, at even distances. */
  readonly memoryMb: readonly number[]
  readonly stdout: string
}

const SAMPLE_EVERY_MS = 20
const SAMPLES_SHOWN = 20

/** Names the program's process on descriptor 3, then tells the times of all that ran. */
const TIMED = `"$@" & echo "$!" >&3; wait $!; code=$?; times >&3; exit $code`

/** Runs a program. Rejects unless it ends with 0. */
export async function runWhole({ command, args, env }: Call): Promise<Usage> {
  const startedAt = performance.now()
  const child = spawn('/bin/sh', ['-c', TIMED, 'timed', command, ...args], {
    env: environmentOf(env),
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  })
  const [out, told] = [child.stdio[1], child.stdio[3]] as NodeJS.ReadableStream[]
  const memory = watchMemory(told as NodeJS.ReadableStream)
  const [stdout, times, [code]] = await Promise.all([
    text(out as NodeJS.ReadableStream),
    text(told as NodeJS.ReadableStream),
    once(child, 'close'),
  ])
  const seconds = (performance.now() - startedAt) / 1_000
  const samples = memory.end()
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}: ${stdout.slice(-500)}`)
  return { seconds, cpuSeconds: cpuSecondsOf(times), ...samples, stdout }
}

/** The environment of a program that is measured: nothing of ours that it could take for a setting. */
export function environmentOf(env: Env): Env {
  return { PATH: process.env.PATH, HOME: process.env.HOME, ...env }
}

/** The children's line of `times`, user and system: 0m1.230000s 0m0.340000s. */
function cpuSecondsOf(times: string): number {
  const line = times.trim().split('\n').at(-1) ?? ''
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, m, s]) => sum + Number(m) * 60 + Number(s), 0)
}

function watchMemory(told: NodeJS.ReadableStream) {
  const samples: number[] = []
  let peak: number | null = null
  let timer: NodeJS.Timeout | undefined
  told.once('data', (pid: Buffer) => {
    timer = setInterval(() => {
      const memory = memoryOf(Number(pid.toString().split('\n')[0]))
      if (memory === null) return
      samples.push(memory.nowMb)
      peak = memory.peakMb
    }, SAMPLE_EVERY_MS)
  })
  return {
    end() {
      clearInterval(timer)
      return { peakMemoryMb: peak, memoryMb: thinned(samples) }
    },
  }
}

/** What a process has in memory, and had at most; null when it is gone or this is not Linux. */
export function memoryOf(pid: number): { readonly nowMb: number; readonly peakMb: number } | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    const mb = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024)
    const [nowMb, peakMb] = [mb('VmRSS'), mb('VmHWM')]
    return Number.isNaN(nowMb) ? null : { nowMb, peakMb }
  } catch {
    return null
  }
}

function thinned(samples: readonly number[]): number[] {
  const shown = Math.min(samples.length, SAMPLES_SHOWN)
  return Array.from({ length: shown }, (_, i) => samples[Math.floor(((i + 1) * samples.length) / shown) - 1] as number)
}

/** The usage for so many quotes: of the whole process, and less what the same process takes when nothing is there. */
export function figuresOf(usage: Usage, quotes: number, idle: Usage | null = null): Figures {
  const figures = figuresOver(usage, quotes)
  if (idle === null) return figures
  const [seconds, cpuSeconds] = [usage.seconds - idle.seconds, usage.cpuSeconds - idle.cpuSeconds]
  const { peakMemoryMb: _, ...afterStart } = figuresOver({ ...usage, seconds, cpuSeconds }, quotes)
  return { ...figures, afterStart }
}

/** Figures of a run over quotes. */
export interface Figures {
  readonly seconds: number
  readonly quotesPerSecond: number
  readonly cpuMicrosPerQuote: number
  readonly peakMemoryMb: number | null
  readonly afterStart?: Omit<Figures, 'peakMemoryMb' | 'afterStart'>
}

function figuresOver({ seconds, cpuSeconds, peakMemoryMb }: Usage, quotes: number): Figures {
  return {
    seconds: rounded(seconds),
    quotesPerSecond: Math.round(quotes / seconds),
    cpuMicrosPerQuote: rounded((cpuSeconds * 1e6) / quotes),
    peakMemoryMb,
  }
}

/** To two places. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100
}
