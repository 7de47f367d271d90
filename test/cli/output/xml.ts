/** A strict parser for the XML that mhloop writes: elements, attributes, text and escapes. Throws for anything else. */
export type XmlElement = { name: string; attributes: Record<string, string>; elements: XmlElement[]; text: string }

const token = /<\/([\w-]+)>|<([\w-]+)((?: [\w-]+="[^"<]*")*)(\/?)>|([^<]+)/y
const illegal = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u
const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"' }

export function parseXml(xml: string): XmlElement {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
  if (!xml.startsWith(declaration)) throw new Error('no XML declaration')
  if (illegal.test(xml)) throw new Error('a character that XML does not allow')
  const body = xml.slice(declaration.length)
  const top: XmlElement = { name: '', attributes: {}, elements: [], text: '' }
  const open = [top]
  token.lastIndex = 0
  while (token.lastIndex < body.length) {
    const at = token.lastIndex
    const found = token.exec(body)
    if (found === null) throw new Error(`not XML at ${at}: ${body.slice(at, at + 60)}`)
    take(found, open)
  }
  const [root, ...others] = top.elements
  if (open.length !== 1 || root === undefined || others.length > 0) throw new Error('not one whole element')
  return root
}

function take([, closing, name, attributes = '', empty, text]: RegExpExecArray, open: XmlElement[]): void {
  const inner = open.at(-1) as XmlElement
  if (text !== undefined) inner.text += unescaped(text.replace(/\r\n?/g, '\n'))
  else if (closing !== undefined) {
    if (inner.name !== closing) throw new Error(`</${closing}> closes <${inner.name}>`)
    open.pop()
  } else {
    const element: XmlElement = { name: name ?? '', attributes: attributesOf(attributes), elements: [], text: '' }
    inner.elements.push(element)
    if (empty === '') open.push(element)
  }
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/ ([\w-]+)="([^"]*)"/g)].map(([, name = '', value = '']) => {
    // A parser turns each of these into a space (XML 1.0, 3.3.3).
    return [name, unescaped(value.replace(/[\t\n\r]/g, ' '))] as const
  })
  const attributes = Object.fromEntries(pairs)
  if (Object.keys(attributes).length !== pairs.length) throw new Error(`an attribute twice in${text}`)
  return attributes
}

function unescaped(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const code = /^#(\d+)$/.exec(name)?.[1]
    const character = code === undefined ? named[name] : String.fromCodePoint(Number(code))
    if (character === undefined || !whole.endsWith(';')) throw new Error(`not an escape: ${whole}`)
    return character
  })
}
