// A stage of the flow as a card: a name, a word on how it is, facts, and its parts if it has several.

import { element } from '../dom.ts'
import { keepEach, setAttribute, setText } from './kept_text.ts'
import type { Fact, Stage, StagePart } from './stages.ts'
import type { Status } from './words.ts'

/** An empty card; `updateCard` fills it. */
export function stageCard(): HTMLLIElement {
  const name = element('h3', { attributes: { class: 'stage-name' } })
  const role = element('p', { attributes: { class: 'stage-role' } })
  const title = element('div', { attributes: { class: 'stage-title' } }, name, role)
  const status = element('span', { attributes: { class: 'chip', hidden: true } })
  const head = element('div', { attributes: { class: 'stage-head' } }, title, status)
  const facts = element('dl', { attributes: { class: 'stage-facts' } })
  const parts = element('ul', { attributes: { class: 'stage-parts' } })
  return element('li', { attributes: { class: 'stage' } }, head, facts, parts)
}

/** Brings a card up to date. */
export function updateCard(card: HTMLLIElement, { kind, name, role, status, facts, parts }: Stage): void {
  setAttribute(card, 'data-kind', kind)
  setText(within(card, '.stage-name'), name)
  setText(within(card, '.stage-role'), role)
  updateStatus(within(card, '.chip'), status)
  keepEach(within(card, '.stage-facts'), facts, { make: factRow, update: updateFact })
  keepEach(within(card, '.stage-parts'), parts, { make: partRow, update: updatePart })
}

/** Shows a word with its tone, or nothing. */
export function updateStatus(chip: Element, status: Status | null): void {
  chip.toggleAttribute('hidden', status === null)
  if (status === null) return
  setAttribute(chip, 'data-tone', status.tone)
  setText(chip, status.text)
}

function factRow(): HTMLDivElement {
  return element('div', { attributes: { class: 'stage-fact' } }, element('dt'), element('dd'))
}

function updateFact(row: Element, { name, value, note = '' }: Fact): void {
  setAttribute(row, 'title', note)
  setText(within(row, 'dt'), name)
  setText(within(row, 'dd'), value)
}

function partRow(): HTMLLIElement {
  const dot = element('span', { attributes: { class: 'dot', 'aria-hidden': 'true' } })
  const name = element('span', { attributes: { class: 'part-name' } })
  const status = element('span', { attributes: { class: 'part-status' } })
  const facts = element('span', { attributes: { class: 'part-facts' } })
  return element('li', { attributes: { class: 'stage-part' } }, dot, name, status, facts)
}

function updatePart(row: Element, { name, status, facts }: StagePart): void {
  setAttribute(row, 'data-tone', status.tone)
  setText(within(row, '.part-name'), name)
  // What is fresh is told by its dot, and to screen readers in words; of all else the word takes a fact's room.
  const isGood = status.tone === 'good'
  row.classList.toggle('is-good', isGood)
  setText(within(row, '.part-status'), status.text)
  keepEach(within(row, '.part-facts'), facts, { make: partFact, update: updatePartFact })
}

function partFact(): HTMLSpanElement {
  return element('span', {}, element('span', { attributes: { class: 'unseen' } }), element('span'))
}

function updatePartFact(fact: Element, { name, value, note = `${name}: ${value}` }: Fact): void {
  const [label, shown] = fact.children
  if (label !== undefined) setText(label, `, ${name} `)
  if (shown !== undefined) setText(shown, value)
  setAttribute(fact, 'title', note)
}

function within(parent: Element, selector: string): Element {
  const found = parent.querySelector(selector)
  if (found === null) throw new Error(`a card has no ${selector}`)
  return found
}
