import nock from 'nock'

// Importing it replaces node:http and node:net for the whole worker, and the tests of other files need the real ones.
nock.restore()

/** These two say for one `describe` which network it needs, and leave things as they were. */
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

/** Real sockets: for what only a real connection shows. */
export function realNetwork(): void {
  during(false)
}

/** nock answers for the network; what no test expects fails. */
export function mockedNetwork(): void {
  during(true)
  beforeEach(() => nock.disableNetConnect())
  afterEach(() => {
    nock.cleanAll()
    nock.enableNetConnect()
  })
}
