import type { Account } from '../account/store.ts'
import type { Answer } from '../answer.ts'
import { notFound } from '../answer.ts'
import type { LabelBought } from '../types.ts'

/** Has the form of the tracking number in MasonHub's examples: 22 digits, of DHL eCommerce. */
const numberPrefix = '93020205141036'
const firstNumber = 29_166_400

/** Buys a label, at the merchant's cost; recorded in the ground truth (F36). */
export function buyLabel(account: Account, customerIdentifier: string): LabelBought {
  const trackingNumber = `${numberPrefix}${String(firstNumber + account.labels.size).padStart(8, '0')}`
  const file = `${account.uuid()}.pdf`
  const label = { at: account.now(), customerIdentifier, trackingNumber, file }
  account.labels.set(file, label)
  account.world.groundTruth.record({
    what: 'label_bought',
    returnId: customerIdentifier,
    detail: { tracking: trackingNumber },
  })
  return label
}

/** GET /return-labels/:file, with the normal bearer token. */
export function getLabel(account: Account, file: string): Answer {
  const label = account.labels.get(file)
  if (!label) return notFound()
  return { status: 200, body: pdf(`DHL eCommerce ${label.trackingNumber}`), contentType: 'application/pdf' }
}

/** A PDF with one page of 4 by 6 inches and one line of text. */
function pdf(line: string): Buffer {
  const drawing = `BT /F1 12 Tf 20 400 Td (${line}) Tj ET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 288 432] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${drawing.length} >>\nstream\n${drawing}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let text = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const at = text.length
    text += `${index + 1} 0 obj\n${object}\nendobj\n`
    return `${String(at).padStart(10, '0')} 00000 n \n`
  })
  const table = `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`
  const trailer = `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF\n`
  return Buffer.from(text + table + trailer, 'latin1')
}
