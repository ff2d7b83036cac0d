// The status page as an owner meets it first: set up, look at the queue, sign out, sign in; on a phone and on a desktop.
import { check, desktop, isWiderThanWindow, openPage, password, phone, pictures, startBrowser, startServer } from './browser.mjs';

const server = await startServer();
const browser = await startBrowser();
let failed = false;

async function setUp(page) {
  await page.goto(server.url + '/');
  const form = page.locator('#setup-form');
  await form.waitFor({ state: 'visible' });
  await form.locator('[name=token]').fill('0'.repeat(32));
  await form.locator('[name=business]').fill('Loja da Ana');
  await form.locator('[name=name]').fill('Ana Souza');
  await form.locator('[name=email]').fill('ana@example.com');
  await form.locator('[name=password]').fill(password);
  await form.locator('button').click();
  await page.locator('#problem').waitFor({ state: 'visible' });
  await page.screenshot({ path: `${pictures}/setup-wrong-token.png`, fullPage: true });
  await form.locator('[name=token]').fill(server.setupToken);
  await form.locator('button').click();
  await page.locator('#queue').waitFor({ state: 'visible' });
}

async function signIn(page, email, secret) {
  await page.goto(server.url + '/');
  const form = page.locator('#sign-in-form');
  await form.waitFor({ state: 'visible' });
  await form.locator('[name=email]').fill(email);
  await form.locator('[name=password]').fill(secret);
  await form.locator('button').click();
}

try {
  const first = await openPage(browser, { viewport: phone, colorScheme: 'light' });
  await setUp(first.page);
  await first.page.screenshot({ path: `${pictures}/queue-phone-light.png`, fullPage: true });
  check(!(await isWiderThanWindow(first.page)), 'the page is wider than a phone');
  await first.page.locator('#sign-out').click();
  await first.page.locator('#sign-in').waitFor({ state: 'visible' });
  // The refused set-up and sign-in answers are the only complaints a console may have.
  const unexpected = first.complaints.filter((text) => !/status of 40[13]/.test(text));
  check(unexpected.length === 0, unexpected.join('\n'));

  for (const [viewport, name] of [[phone, 'phone'], [desktop, 'desktop']]) {
    for (const colorScheme of ['light', 'dark']) {
      for (const locale of ['pt-BR', 'en', 'es']) {
        const { page, complaints, context } = await openPage(browser, { viewport, colorScheme, locale });
        await page.goto(server.url + '/');
        await page.locator('#sign-in').waitFor({ state: 'visible' });
        check((await page.locator('html').getAttribute('lang')) === locale, `the page is not in ${locale}`);
        check(!(await isWiderThanWindow(page)), `wider than the window: ${name} ${locale}`);
        await page.screenshot({ path: `${pictures}/sign-in-${name}-${colorScheme}-${locale}.png`, fullPage: true });
        const bad = complaints.filter((text) => !/status of 401/.test(text));
        check(bad.length === 0, bad.join('\n'));
        await context.close();
      }
    }
  }

  const second = await openPage(browser, { viewport: desktop, colorScheme: 'dark', locale: 'en' });
  await signIn(second.page, 'ana@example.com', 'not the password');
  await second.page.locator('#problem').waitFor({ state: 'visible' });
  await signIn(second.page, 'ana@example.com', password);
  await second.page.locator('#queue').waitFor({ state: 'visible' });
  await second.page.screenshot({ path: `${pictures}/queue-desktop-dark.png`, fullPage: true });

  const docs = await openPage(browser, { viewport: desktop, colorScheme: 'light', locale: 'en' });
  await docs.page.goto(server.url + '/api/docs/');
  await docs.page.getByText('/api/v1/clients', { exact: true }).first().waitFor({ state: 'visible', timeout: 30_000 });
  await docs.page.screenshot({ path: `${pictures}/docs.png` });
  check(docs.complaints.length === 0, docs.complaints.join('\n'));
  console.log(`pictures: ${pictures}`);
} catch (error) {
  failed = true;
  console.error(error);
}
await browser.close();
const code = await server.stop();
if (code !== 0) {
  failed = true;
  console.error(`the server ended with ${code}`);
}
process.exit(failed ? 1 : 0);
