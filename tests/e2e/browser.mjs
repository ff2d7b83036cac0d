// Drives Debian's Chromium through a real server: what every browser test needs.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const password = 'a long enough sentence';

// A server of its own on a free port; `stop` ends it and removes its data.
export async function startServer() {
  const binary = process.env.RENOVA_TEST_BINARY;
  if (!binary) throw new Error('RENOVA_TEST_BINARY must name the program');
  const folder = mkdtempSync(join(tmpdir(), 'renova_e2e_'));
  const env = { ...process.env, RENOVA_DATABASE_URL: `sqlite://${folder}/e2e.db`, RENOVA_LOG_LEVEL: 'warning' };
  const server = spawn(binary, ['serve', '--listen', '127.0.0.1:0'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  const url = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the server did not start: ${output}`)), 30_000);
    server.stdout.on('data', (data) => {
      output += data;
      const found = output.match(/(http:\/\/127\.0\.0\.1:\d+)\n/);
      if (found && /token[^:]*: (\w+)/.test(output)) {
        clearTimeout(timer);
        resolve(found[1]);
      }
    });
    server.on('exit', () => reject(new Error(`the server ended: ${output}`)));
  });
  const setupToken = output.match(/token[^:]*: (\w+)/)[1];
  const stop = () =>
    new Promise((resolve) => {
      server.on('exit', (code) => {
        rmSync(folder, { recursive: true, force: true });
        resolve(code);
      });
      server.kill('SIGTERM');
    });
  return { url, setupToken, stop, folder };
}

export async function startBrowser() {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
           '--disable-component-update', '--disable-sync'],
  });
}

export const phone = { width: 390, height: 844 };
export const desktop = { width: 1280, height: 800 };

// A page that collects whatever a console, the CSP or the network complains of.
export async function openPage(browser, { viewport, colorScheme, locale = 'pt-BR' }) {
  const context = await browser.newContext({ viewport, colorScheme, locale });
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(`${message.text()} ${message.location().url}`));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const { hostname, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && hostname !== '127.0.0.1') complaints.push(`request to ${hostname}`);
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) =>
      console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
  });
  return { page, complaints, context };
}

// Where screenshots go, for people to look at.
export const pictures = process.env.RENOVA_E2E_PICTURES || mkdtempSync(join(tmpdir(), 'renova_pictures_'));

export function check(condition, what) {
  if (!condition) throw new Error(what);
}

export function isWiderThanWindow(page) {
  return page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth + 1);
}

