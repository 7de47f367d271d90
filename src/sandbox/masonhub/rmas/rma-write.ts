import type { Account } from '../account/store.ts'
import type { Answer } from '../answer.ts'
import { badParameters, serverError } from '../answer.ts'
import type { RowOutcome } from '../bulk.ts'
import { bulkAnswer } from '../bulk.ts'
import { emitInventory } from '../callbacks/events.ts'
import type { LabelBought, RmaState, StoredRma } from '../types.ts'
import { buyLabel } from './labels.ts'
import type { RmaInput } from './rma-input.ts'
import { asFields, readRma } from './rma-input.ts'
import { buysLabel, refuseCreate, refuseDelete, refuseUpdate } from './rma-rules.ts'
import { alive, current } from './rma-store.ts'

/** `base`: scheme, host and slug as the caller wrote them; links in answers begin with it. */
export type WriteRequest = { body: unknown; base: string }

/** POST /rmas: handles each record by itself and answers 200 whatever happened to them (masonhub.md §4.3). */
export function createRmas(account: Account, request: WriteRequest): Answer {
  return write(account, request, 'create', (record) => createOne(account, record, request.base))
}

/**
 * PUT /rmas: replaces the whole RMA, only while it is open; omitted fields are lost, including the label flag
 * (masonhub.md §4.5).
 */
export function updateRmas(account: Account, request: WriteRequest): Answer {
  return write(account, request, 'update', (record) => updateOne(account, record, request.base))
}

/**
 * DELETE /rmas with a JSON body: marks as deleted, only while open (masonhub.md §4.7). The number of records is not
 * limited.
 */
export function deleteRmas(account: Account, request: WriteRequest): Answer {
  return write(account, request, 'delete', (record) => deleteOne(account, record, request.base))
}

type Verb = 'create' | 'update' | 'delete'

function write(
  account: Account,
  request: WriteRequest,
  verb: Verb,
  one: (record: unknown) => RowOutcome & { label?: LabelBought },
): Answer {
  const { body } = request
  const { faults } = account.world
  if (!Array.isArray(body)) return badParameters()
  if (verb !== 'delete' && body.length > faults.get('masonhub.batch-limit')) return badParameters()
  const wholeBatch = refuseBatch(account, body, verb)
  if (wholeBatch) return wholeBatch
  const outcomes = body.map(one)
  const labels = outcomes.filter((outcome) => outcome.label).length
  return { ...bulkAnswer(account, outcomes), workMs: labels * faults.get('masonhub.label-slow-ms') }
}

/** Refuses the whole batch for one bad record, and writes nothing (F33). */
function refuseBatch(account: Account, records: readonly unknown[], verb: Verb): Answer | null {
  const { faults } = account.world
  if (!faults.get('masonhub.batch-400') && !faults.get('masonhub.batch-500')) return null
  const isBad = (record: unknown) => refusalsOf(account, record, verb).length > 0
  if (!records.some(isBad)) return null
  return faults.get('masonhub.batch-400') ? badParameters() : serverError()
}

function refusalsOf(account: Account, record: unknown, verb: Verb) {
  if (verb === 'delete') return refuseDelete(account, identifierOf(record))
  const { input, refusals } = readRma(record, account.world.faults.get('masonhub.enforce-lengths') > 0)
  if (refusals.length > 0) return refusals
  return verb === 'create' ? refuseCreate(account, input) : refuseUpdate(account, input)
}

function createOne(account: Account, record: unknown, base: string): RowOutcome & { label?: LabelBought } {
  const { input, refusals: form } = readRma(record, account.world.faults.get('masonhub.enforce-lengths') > 0)
  const refusals = form.length > 0 ? form : [...refuseCreate(account, input), ...byChance(account, 'create')]
  if (refusals.length > 0 || isLostInQueue(account)) return outcome(record, base, refusals)
  const label = buysLabel(account, input) ? buyLabel(account, input.customerIdentifier) : undefined
  putNew(account, input, label)
  return { ...outcome(record, base, []), ...labelled(base, label) }
}

function updateOne(account: Account, record: unknown, base: string): RowOutcome & { label?: LabelBought } {
  const { input, refusals: form } = readRma(record, account.world.faults.get('masonhub.enforce-lengths') > 0)
  const refusals = form.length > 0 ? form : [...refuseUpdate(account, input), ...byChance(account, 'update')]
  const rma = alive(account.rmas.byCustomerIdentifier(input.customerIdentifier))
  if (refusals.length > 0 || !rma || isLostInQueue(account)) return outcome(record, base, refusals)
  const label = buysLabel(account, input) ? buyLabel(account, input.customerIdentifier) : undefined
  const before = current(rma)
  const state = { ...stateFrom(account, input, label), version: before.version + 1 }
  replace(account, rma, state)
  const detail = { version: state.version, package_id: state.packageId }
  account.world.groundTruth.record({ what: 'rma_updated', returnId: input.customerIdentifier, detail })
  return { ...outcome(record, base, []), ...labelled(base, label) }
}

function deleteOne(account: Account, record: unknown, base: string): RowOutcome {
  const identifier = identifierOf(record)
  const refusals = refuseDelete(account, identifier)
  const rma = alive(account.rmas.byCustomerIdentifier(identifier))
  if (refusals.length > 0 || !rma || isLostInQueue(account)) return outcome(record, base, refusals)
  replace(account, rma, { ...current(rma), status: 'deleted', deletedAt: account.now(), ...stamps(account) })
  account.world.groundTruth.record({
    what: 'rma_deleted',
    returnId: identifier,
    detail: { version: current(rma).version },
  })
  return outcome(record, base, [])
}

/** Stores an accepted record. Exported for seeds, which need no HTTP. */
export function putNew(account: Account, input: RmaInput, label?: LabelBought, visibleAt?: number): StoredRma {
  const state = stateFrom(account, input, label)
  const first = visibleAt === undefined ? state : { ...state, visibleAt }
  const { customerIdentifier } = input
  const rma = account.rmas.add({ id: account.uuid(), customerIdentifier, createdAt: account.now(), first })
  emitInventory(account, account.inventory.move(null, first))
  const detail = { package_id: first.packageId, lines: first.lines.length, label: label !== undefined }
  account.world.groundTruth.record({ what: 'rma_created', returnId: customerIdentifier, detail })
  return rma
}

/** Adds a new state to an RMA and applies it to the stock. */
export function replace(account: Account, rma: StoredRma, state: RmaState): void {
  const before = current(rma)
  account.rmas.push(rma, state)
  emitInventory(account, account.inventory.move(before, state))
}

function stateFrom(account: Account, input: RmaInput, label: LabelBought | undefined): RmaState {
  return {
    version: 1,
    status: 'open',
    manifestId: input.manifestId,
    packageId: label?.trackingNumber ?? input.packageId,
    returnType: input.returnType,
    generateReturnLabel: label !== undefined,
    labelFile: label?.file ?? null,
    address: input.address,
    customerInstructions: input.customerInstructions,
    notes: null,
    lines: input.lines.map((line) => ({ ...line, quantityReceived: null, received: null, notOnOriginal: false })),
    receivedAt: null,
    deletedAt: null,
    ...stamps(account),
    stringified: false,
  }
}

function stamps(account: Account): { updatedAt: string; visibleAt: number } {
  const lag = account.world.faults.get('masonhub.visible-after-ms')
  return { updatedAt: account.now(), visibleAt: account.nowMs() + lag }
}

function outcome(record: unknown, base: string, refusals: RowOutcome['refusals']): RowOutcome {
  const identifier = asFields(record)['customer_identifier']
  return { identifier, refusals, url: `${base}/rmas?cid=${encodeURIComponent(String(identifier ?? ''))}` }
}

function labelled(
  base: string,
  label: LabelBought | undefined,
): Pick<RowOutcome, 'additionalData'> & { label?: LabelBought } {
  if (!label) return {}
  const additionalData = {
    return_label_url: `${base}/return-labels/${label.file}`,
    return_tracking_number: label.trackingNumber,
  }
  return { additionalData, label }
}

function byChance(account: Account, verb: 'create' | 'update'): RowOutcome['refusals'] {
  if (!account.world.random.chance(account.world.faults.get(`masonhub.fail-${verb}`))) return []
  return [{ field: 'customer_identifier', text: 'This record could not be processed.' }]
}

/** Whether an accepted record is lost: "success" means only validated and queued, and a loss is silent (C9). */
function isLostInQueue(account: Account): boolean {
  return account.world.random.chance(account.world.faults.get('masonhub.lose-queued'))
}

function identifierOf(record: unknown): string {
  const identifier = asFields(record)['customer_identifier']
  return typeof identifier === 'string' ? identifier : ''
}
