/**
 * What people do today: a script that handles one return, one RMA and one refund at a time, one after the other. `node
 * bench/vendors/baseline.ts sync|audit|resolve`; prints its cost as JSON. It remembers nothing, checks nothing and
 * stops at the first error.
 */
const { env } = process
const loop = (path: string, init = {}) =>
  ask(`${env.MHLOOP_LOOP_BASE_URL}${path}`, { 'x-authorization': env.MHLOOP_LOOP_API_KEY }, init)
const masonhub = (path: string, init = {}) =>
  ask(`${env.MHLOOP_MASONHUB_BASE_URL}${path}`, { authorization: `Bearer ${env.MHLOOP_MASONHUB_TOKEN}` }, init)

// biome-ignore lint/suspicious/noExplicitAny: a script of thirty lines has no types
async function ask(url: string, headers: any, init: any): Promise<any> {
  const answer = await fetch(url, { ...init, headers: { ...headers, 'content-type': 'application/json' } })
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`)
  return await answer.json()
}

const from = new Date(Date.now() - 59 * 86_400_000).toISOString()
const to = new Date().toISOString()
let cursor = ''
let count = 0
do {
  const page = await loop(`/warehouse/return/list?from=${from}&to=${to}&state=open&paginate=true&pageSize=100${cursor}`)
  for (const one of page.returns) {
    const id = String(one.id)
    if (process.argv[2] === 'sync') await masonhub('/rmas', { method: 'POST', body: JSON.stringify([rmaOf(id, one)]) })
    else await masonhub(`/rmas?cid=${id}`)
    if (process.argv[2] === 'resolve') await loop(`/warehouse/return/${id}/process`, { method: 'POST' })
    count += 1
  }
  const next = page.nextPageUrl && new URL(page.nextPageUrl).searchParams.get('cursor')
  cursor = next ? `&cursor=${encodeURIComponent(next)}` : ''
} while (cursor !== '')

// biome-ignore lint/suspicious/noExplicitAny: see above
function rmaOf(id: string, { tracking_number, line_items }: any) {
  const line = { quantity: 1, return_reason_code: 'other', return_inventory_status: 'qc' }
  const lines = line_items.map(({ sku }: { sku: string }) => ({ ...line, customer_sku_id: sku }))
  const rma = { customer_identifier: id, return_type: 'rma_submitted_by_customer', generate_return_label: false }
  return { ...rma, package_id: tracking_number, line_items: lines }
}

const { user, system } = process.cpuUsage()
const wallMs = performance.now()
const peakMb = process.resourceUsage().maxRSS / 1024
process.stdout.write(
  `${JSON.stringify({ done: { count }, wallMs, cpuMs: (user + system) / 1000, peakMb, limitedMs: 0 })}\n`,
)
