// Loaded into every Node process of a run with a moved clock, workers and grandchildren included. Plain JavaScript,
// because the launcher's older Node loads it too. Files are stamped by the kernel, which keeps the true time, so their
// times move here: a file written now must look written now. Without libfaketime this also moves Node's own clock.

import childProcess from 'node:child_process'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const DAY_MS = 86_400_000
const shiftMs = Number(process.env.TEST_CLOCK_SHIFT_DAYS) * DAY_MS
const NAMES = ['TEST_CLOCK_SHIFT_DAYS', 'NODE_OPTIONS', 'LD_PRELOAD', 'FAKETIME', 'FAKETIME_DONT_FAKE_MONOTONIC']
const passedOn = NAMES.filter((name) => process.env[name] !== undefined).map((name) => `${name}=${process.env[name]}`)

if (!process.env.LD_PRELOAD?.includes('libfaketime')) shiftDate()
shiftFileTimes()
reachChildren()
syncBuiltinESMExports()

function shiftDate() {
  const TrueDate = Date
  const trueNow = Date.now
  TrueDate.now = () => trueNow() + shiftMs
  globalThis.Date = new Proxy(TrueDate, {
    construct: (target, words, self) => Reflect.construct(target, words.length === 0 ? [target.now()] : words, self),
    apply: (target) => new target(target.now()).toString(),
  })
  TrueDate.prototype.constructor = globalThis.Date
}

function shiftFileTimes() {
  const { stat, utimes } = fs.promises
  const { utimesSync } = fs
  fs.promises.stat = async (...words) => shifted(await stat(...words))
  fs.promises.utimes = (path, atime, mtime) => utimes(path, unshifted(atime), unshifted(mtime))
  fs.utimesSync = (path, atime, mtime) => utimesSync(path, unshifted(atime), unshifted(mtime))
}

/** The getters `mtime` and so on follow these. With `bigint` there are nanoseconds too. */
function shifted(stats) {
  for (const name of ['atime', 'mtime', 'ctime', 'birthtime']) {
    const isExact = typeof stats[`${name}Ms`] === 'bigint'
    stats[`${name}Ms`] += isExact ? BigInt(shiftMs) : shiftMs
    if (isExact) stats[`${name}Ns`] += BigInt(shiftMs) * 1_000_000n
  }
  return stats
}

function unshifted(time) {
  return new Date(new Date(typeof time === 'number' ? time * 1000 : time).getTime() - shiftMs)
}

/**
 * Many children get an environment made for them, an empty one even. spawn, fork and execFile all come by here. A child
 * that is given a shift of its own is left alone.
 */
function reachChildren() {
  const { spawn } = childProcess.ChildProcess.prototype
  childProcess.ChildProcess.prototype.spawn = function (options) {
    const own = options.envPairs ?? []
    const isShifted = own.some((pair) => pair.startsWith('TEST_CLOCK_SHIFT_DAYS='))
    return spawn.call(this, isShifted ? options : { ...options, envPairs: [...own, ...passedOn] })
  }
}
