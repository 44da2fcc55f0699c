import { describe, expect, test } from 'vitest'
import { epochMs } from '#runtime/units'
import type { AlertRow } from '#services/web/api'
import { ALERTS_MAX, AlertList } from '../../../../../../services/web/page/alerts/alert_list.ts'
import { pricesText, spokenText, withinText } from '../../../../../../services/web/page/alerts/alert_text.ts'

const T = 1_763_739_080_000

function alertAt(time: number, fields: Partial<AlertRow> = {}): AlertRow {
  return {
    id: `a${time}`,
    rule: 'move',
    symbol: 'TSLA',
    direction: 'up',
    level: 1,
    percent: 3.206,
    price: 444.45,
    referencePrice: 430.63,
    referenceTime: epochMs(time - 292_000),
    eventTime: epochMs(time),
    message: '',
    ...fields,
  }
}

describe('the list of alerts', () => {
  test('has each once, the newest first, whatever they come in', () => {
    const list = new AlertList()
    expect(list.take([alertAt(T), alertAt(T + 5), alertAt(T)])).toHaveLength(2)
    expect(list.take([alertAt(T + 5), alertAt(T + 2)]).map(({ id }) => id)).toEqual([`a${T + 2}`])
    expect(list.alerts.map(({ eventTime }) => eventTime - T)).toEqual([5, 2, 0])
    expect(list.take([alertAt(T)])).toEqual([])
  })

  test('is bounded: the oldest make room, and may come again only to be left out', () => {
    const list = new AlertList()
    list.take(Array.from({ length: ALERTS_MAX + 10 }, (_, index) => alertAt(T + index)))
    expect(list.alerts).toHaveLength(ALERTS_MAX)
    expect(list.alerts.at(-1)?.eventTime).toBe(T + 10)
    expect(list.take([alertAt(T)])).toEqual([])
    expect(list.isFull).toBe(true)
  })
})

describe('answers of the server', () => {
  const times = (list: AlertList) => list.alerts.map(({ eventTime }) => eventTime - T)

  test('that leave a hole drop what is older than the hole', () => {
    const list = new AlertList()
    list.takeNewest({ alerts: [alertAt(T + 2), alertAt(T + 1)], more: false })
    list.take([alertAt(T + 90)])
    list.takeNewest({ alerts: [alertAt(T + 80), alertAt(T + 70)], more: true })
    expect(times(list)).toEqual([90, 80, 70])
    expect(list.reachesBackTo?.eventTime).toBe(T + 70)
    expect(list.takeOlder([alertAt(T + 2)])).toHaveLength(1)
  })

  test('go on from the last one, whatever has the same time', () => {
    const list = new AlertList()
    const same = (id: string) => alertAt(T, { id })
    list.take([same('z')])
    list.takeNewest({ alerts: [alertAt(T + 9), same('b')], more: true })
    expect(list.alerts.map(({ id }) => id)).toEqual([`a${T + 9}`, 'b'])
    list.takeOlder([same('c'), same('d')])
    expect(list.reachesBackTo).toMatchObject({ eventTime: T, id: 'd' })
  })

  test('without more keep all that is here', () => {
    const list = new AlertList()
    list.take([alertAt(T)])
    list.takeNewest({ alerts: [alertAt(T + 9)], more: false })
    expect(times(list)).toEqual([9, 0])
  })

  test('say where older ones are asked from, whatever late alert came live', () => {
    const list = new AlertList()
    list.takeNewest({ alerts: [alertAt(T + 9), alertAt(T + 8)], more: true })
    list.take([alertAt(T)])
    expect(list.reachesBackTo?.eventTime).toBe(T + 8)
    list.takeOlder([alertAt(T + 5), alertAt(T + 4)])
    expect(list.reachesBackTo?.eventTime).toBe(T + 4)
  })
})

describe('an alert in words', () => {
  test('has the true age of its reference', () => {
    expect(withinText(alertAt(T))).toBe('in 4 min 52 s')
    expect(withinText(alertAt(T, { referenceTime: null }))).toBe('vs previous close')
  })

  test('has both prices with as many decimals', () => {
    expect(pricesText(alertAt(T))).toBe('430.63 → 444.45')
    expect(pricesText({ referencePrice: 1.08, price: 1.1025 })).toBe('1.0800 → 1.1025')
  })

  test('is one sentence to a screen reader, however many there are', () => {
    expect(spokenText([alertAt(T)])).toBe('Alert: TSLA +3.21% in 4 min 52 s')
    expect(spokenText([alertAt(T), alertAt(T + 9, { symbol: 'AAPL' }), alertAt(T + 1)])).toBe(
      '3 alerts, the newest: AAPL +3.21% in 4 min 52 s',
    )
  })
})
