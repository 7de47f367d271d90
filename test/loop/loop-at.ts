import nock from 'nock'
import type { RequestTrace } from '../../src/http/create-transport.ts'
import { createLoopClient } from '../../src/loop/create-loop-client.ts'
// A file that imports nock must restore the real network for the other files of the worker.
import '../http/networks.ts'
import { transportTo } from '../http/server.ts'

export const host = 'https://loop.example'
export const root = '/api/2026-10'

/** Loop on the mocked network. */
export const loopMock = () => nock(host)

/** A client of the mocked Loop, with the traces of its requests. */
export function loopClient(baseUrl = `${host}${root}`) {
  const traces: RequestTrace[] = []
  const { transport } = transportTo(baseUrl, { onRequest: (trace) => traces.push(trace) })
  return { loop: createLoopClient(transport, baseUrl), transport, traces }
}

/** A row as the list writes it: ids are strings. */
export function listRow(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: '99904598',
    state: 'open',
    created_at: '2026-11-20T10:00:00.000Z',
    updated_at: '2026-11-20T10:05:00.000Z',
    outcome: 'refund',
    order_name: '#1001',
    provider_order_id: '5512',
    currency: 'USD',
    refund: '47.50',
    gift_card: '0.00',
    destination_id: 77,
    return_method: null,
    carrier: 'USPS',
    tracking_number: '9400111899223100001234',
    label_status: 'pre_transit',
    labels: [],
    line_items: [
      {
        line_item_id: '1',
        provider_line_item_id: '900',
        sku: 'TEE-S',
        barcode: '',
        title: 'Tee',
        return_reason: 'Too small',
        parent_return_reason: 'Size',
        return_comment: 'N/A',
        outcome: 'default',
      },
    ],
    was_processed: false,
    refund_before_inspection: false,
    shopify_refund_object: [],
    brand_new_field: { anything: true },
    ...changes,
  }
}
