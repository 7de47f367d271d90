import type { ReportPlan, ReportResult } from '../../../usecases/returns/report-fraud.ts'
import type { Page } from '../../output/page.ts'
import { bad, good, type Styled, strong, warn } from '../../output/styled.ts'

type Complete = (command: string) => string

/** What would be reported, or why nothing may be. */
export function reportPlanPage(page: Page, plan: ReportPlan, comment: string | null, complete: Complete): void {
  if (plan.refusal !== null) {
    refused(page, { returnId: plan.returnId, reasons: [plan.refusal] }, complete)
    return
  }
  page.paragraph(`Return ${plan.returnId} would be reported as ${plan.evidence.category}: ${comment ?? plan.comment}`)
  page.line('Nothing was sent (--dry-run).')
}

const words: Record<ReportResult['outcome'], Styled> = {
  accepted: good('reported'),
  confirmed: good('reported'),
  refused: bad('refused'),
  skipped: warn('not reported'),
  in_doubt: bad('in doubt'),
  parked: bad('parked'),
}

export function reportPage(page: Page, result: ReportResult, complete: Complete): void {
  const { returnId, outcome, category, reasons } = result
  const said = reasons.map(({ message }) => message).join(' ')
  switch (outcome) {
    case 'accepted':
    case 'confirmed':
      page.paragraph([
        words[outcome],
        ` ${said === '' ? `Loop has the report on return ${returnId}: ${category}.` : said}`,
      ])
      return
    case 'refused':
    case 'skipped':
      refused(page, result, complete)
      return
    case 'in_doubt':
    case 'parked':
      page.paragraph([words[outcome], ` ${said}`])
      page.paragraph(
        'No endpoint of Loop shows reports. It takes one for a return, so the same command may be run again:',
      )
      page.line('  ', strong(complete(`mhloop rma report ${returnId}`)))
  }
}

function refused(
  page: Page,
  { returnId, reasons }: Pick<ReportResult, 'returnId' | 'reasons'>,
  complete: Complete,
): void {
  page.paragraph([words.refused, ` ${reasons.map(({ message }) => message).join(' ')}`])
  page.paragraph('To see what arrived:')
  page.line('  ', strong(complete(`mhloop rma show ${returnId}`)))
}
