import nock from 'nock'

// Importing nock replaces node:http and node:net for the whole worker, and tests of other files need the real ones.
nock.restore()

/** Both functions below choose the network for one `describe`, and restore the previous one. */
function during(active: boolean): void {
  let before_ = false
  before(() => {
    before_ = nock.isActive()
    if (active && !before_) nock.activate()
    if (!active && before_) nock.restore()
  })
  after(() => {
    if (active && !before_) nock.restore()
    if (!active && before_) nock.activate()
  })
}

/** Real sockets, for what only a real connection shows. */
export function realNetwork(): void {
  during(false)
}

/** nock answers in place of the network; an unexpected request fails. */
export function mockedNetwork(): void {
  during(true)
  beforeEach(() => nock.disableNetConnect())
  afterEach(() => {
    nock.cleanAll()
    nock.enableNetConnect()
  })
}
