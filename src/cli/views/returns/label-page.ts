import type { LabelPlan, LabelResult } from '../../../usecases/returns/request-label.ts'
import type { Page } from '../../output/page.ts'
import { bad, good, type Styled, strong, warn } from '../../output/styled.ts'

type Complete = (command: string) => string

/** What would be asked for, or why it would not. */
export function labelPlanPage(page: Page, { returnId, refusal }: LabelPlan, complete: Complete): void {
  if (refusal === null) {
    page.paragraph(`Loop would be asked for a label for return ${returnId}.`)
    page.line('Nothing was sent (--dry-run).')
  } else refused(page, { returnId, reasons: [refusal] }, complete)
}

const words: Record<LabelResult['outcome'], Styled> = {
  accepted: good('queued'),
  confirmed: good('made'),
  refused: bad('refused'),
  skipped: warn('not asked'),
  in_doubt: bad('in doubt'),
  parked: bad('parked'),
}

export function labelPage(page: Page, result: LabelResult, complete: Complete): void {
  const { returnId, outcome, reasons, trackingNumber } = result
  switch (outcome) {
    case 'confirmed':
      page.paragraph([words.confirmed, ` Loop shows tracking number ${trackingNumber ?? '–'} for return ${returnId}.`])
      page.paragraph('To announce it:')
      page.line('  ', strong(complete(`mhloop asn sync ${returnId}`)))
      return
    case 'accepted':
      page.paragraph([words.accepted, ` Loop makes a label for return ${returnId}.`])
      page.paragraph('To see whether it is there:')
      page.line('  ', strong(complete(`mhloop rma show ${returnId}`)))
      return
    case 'refused':
    case 'skipped':
      refused(page, result, complete)
      return
    case 'in_doubt':
    case 'parked':
      page.paragraph([words[outcome], ` ${reasons.map(({ message }) => message).join(' ')}`])
      page.paragraph('mhloop does not ask again by itself. To see whether the label has come:')
      page.line('  ', strong(complete(`mhloop rma show ${returnId}`)))
  }
}

function refused(
  page: Page,
  { returnId, reasons }: Pick<LabelResult, 'returnId' | 'reasons'>,
  complete: Complete,
): void {
  page.paragraph([words.refused, ` ${reasons.map(({ message }) => message).join(' ')}`])
  page.paragraph('To see what the return waits for:')
  page.line('  ', strong(complete(`mhloop rma show ${returnId}`)))
}
