import type { Locator, Page } from 'playwright-core';

/** In the page: keeps everything that a screen reader is told, for the next thing said takes the place of the last. */
const LISTEN = `
  globalThis.heard = [];
  new MutationObserver(() => {
    const said = document.querySelector('[data-announcer]')?.textContent ?? '';
    if (said !== '' && said !== globalThis.heard.at(-1)) globalThis.heard.push(said);
  }).observe(document, { subtree: true, childList: true, characterData: true });
`;

/** A person at the sandbox's page, who finds everything by what it is called. */
export class SandboxPlayer {
  private listens = false;

  constructor(
    readonly page: Page,
    readonly url: string,
  ) {}

  async open(hash = ''): Promise<void> {
    if (!this.listens) await this.page.addInitScript(LISTEN);
    this.listens = true;
    await this.page.goto(`${this.url}/${hash}`);
    await this.page.locator('.shell').waitFor();
  }

  async go(part: 'Recruiter' | 'Candidate' | 'VICTIG' | 'Service'): Promise<void> {
    await this.page.getByRole('navigation').getByRole('link', { name: part }).click();
  }

  column(stage: string): Locator {
    return this.page.getByRole('region', { name: stage, exact: true });
  }

  card(name: string): Locator {
    return this.page.locator('.columns').getByRole('link', { name: new RegExp(`^${name}`) });
  }

  /** The card stands in the column. */
  cardIn(stage: string, name: string): Locator {
    return this.column(stage).getByRole('link', { name: new RegExp(`^${name}`) });
  }

  button(name: string): Locator {
    return this.page.getByRole('button', { name, exact: true });
  }

  async add(name: string, email: string, stage: string): Promise<void> {
    await this.button('Add candidates').click();
    const dialog = this.page.getByRole('dialog', { name: 'Add candidates' });
    await dialog.getByLabel('Name').fill(name);
    await dialog.getByLabel('Email').fill(email);
    await dialog.getByLabel('Stage').selectOption(stage);
    await dialog.getByRole('button', { name: 'Add', exact: true }).click();
    await this.cardIn(stage, name).waitFor();
  }

  async hasFocus(element: Locator): Promise<void> {
    await element.and(this.page.locator(':focus')).waitFor();
  }

  /** By the mouse, as a hand does it: in steps. */
  async drag(name: string, stage: string): Promise<void> {
    const { mouse } = this.page;
    const column = this.column(stage);
    await column.scrollIntoViewIfNeeded();
    const card = this.card(name);
    await card.scrollIntoViewIfNeeded();
    const from = await middleOf(card);
    const to = await middleOf(column);
    await mouse.move(from.x, from.y);
    await mouse.down();
    await mouse.move(from.x + 12, from.y + 12, { steps: 3 });
    await mouse.move(to.x, to.y, { steps: 8 });
    await mouse.up();
  }

  /** By the keyboard: picks the card up, goes so many columns to the right (or left), and drops it. */
  async carry(name: string, columns: number): Promise<void> {
    await this.card(name).focus();
    const { keyboard } = this.page;
    await keyboard.press('Space');
    for (let n = 0; n < Math.abs(columns); n += 1)
      await keyboard.press(columns > 0 ? 'ArrowRight' : 'ArrowLeft');
    await keyboard.press('Space');
  }

  async openCard(name: string): Promise<Locator> {
    await this.card(name).click();
    return this.page.getByRole('dialog', { name });
  }

  /** A fault of a vendor is switched on or off. */
  async fault(vendor: 'VICTIG' | 'Lever', name: string, isOn: boolean): Promise<void> {
    const group = this.page.getByRole('group', { name: vendor, exact: true });
    await group.getByRole('switch', { name: new RegExp(`^${name}`) }).setChecked(isOn);
  }

  strip(): Locator {
    return this.page.getByRole('region', { name: /^What the service did/ });
  }

  tour(): Locator {
    return this.page.locator('.tour');
  }

  /** What a screen reader was told since the page was loaded, all of it in lines. */
  async heard(): Promise<string> {
    const heard: string[] = await this.page.evaluate('globalThis.heard');
    return heard.join('\n');
  }

  /** Goes on to the tour's next step, once this one is done. */
  async nextStep(expected: string): Promise<void> {
    await this.tour().getByText('Done', { exact: true }).waitFor();
    await this.tour()
      .getByRole('button', { name: /^(Next step|Finish)$/ })
      .click();
    await this.tour().getByText(expected).first().waitFor();
  }
}

async function middleOf(element: Locator): Promise<{ x: number; y: number }> {
  const box = await element.boundingBox();
  if (!box) throw new Error('nothing is shown there');
  return { x: box.x + box.width / 2, y: box.y + Math.min(box.height / 2, 120) };
}
