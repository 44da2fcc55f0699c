import { expect, test } from 'vitest'
import { priceText } from '#market/price_text'

test.each([
  [277.061, '277.06'],
  [1, '1.00'],
  [0.99999, '1.000'],
  [0.5, '0.5000'],
  [0.000123456, '0.0001235'],
])('%d is shown as %s', (price, text) => {
  expect(priceText(price)).toBe(text)
})
