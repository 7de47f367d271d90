import type { UnitCondition } from '../../../core/returns/return.ts'
import type { ReturnOverview } from '../../../usecases/returns/show-return.ts'
import type { Page } from '../../output/page.ts'
import { dim } from '../../output/styled.ts'

/** What Loop shows of the condition of single units, whoever wrote it; nothing while no unit has any. */
export function grades(page: Page, { loopReturn }: Pick<ReturnOverview, 'loopReturn'>): void {
  const graded = (loopReturn?.units ?? []).filter(({ condition, disposition }) => condition || disposition)
  if (graded.length === 0) return
  page.heading('Grades')
  page.rows(graded, [
    { key: 'unit', title: 'Line item', value: ({ lineItemId }) => lineItemId },
    { key: 'sku', title: 'SKU', value: ({ sku }) => sku ?? '–' },
    { key: 'grade', title: 'Grade', value: ({ condition }) => gradeName(condition ?? null) },
    { key: 'disposition', title: 'Disposition', value: ({ disposition }) => disposition ?? '–' },
    { key: 'description', title: 'Description', value: ({ condition }) => dim(condition?.description ?? '') },
  ])
}

/** Newer versions of Loop have a title, older ones a word; without both, its description says what was found. */
function gradeName(condition: UnitCondition | null): string {
  return condition?.title ?? condition?.grade ?? '–'
}
