/* Fails the build when an app's JavaScript, with everything it may ever load, outgrows its budget. */
import { readFileSync, statSync } from 'node:fs';

interface Chunk {
  file: string;
  imports?: string[];
  dynamicImports?: string[];
}

const BUDGET_BYTES = { messenger: 60_000, console: 140_000, operator: 140_000 };
const folder = new URL('../../rejoinder/static/', import.meta.url);
const chunks = { ...manifest('manifest.json'), ...manifest('consoles.json') };

function manifest(name: string): Record<string, Chunk> {
  return JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Record<string, Chunk>;
}

function reachable(key: string, found = new Set<string>()): Set<string> {
  const chunk = chunks[key];
  if (!chunk) throw new Error(`manifest.json has no ${key}`);
  if (found.has(chunk.file)) return found;
  found.add(chunk.file);
  for (const next of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) reachable(next, found);
  return found;
}

for (const [app, budget] of Object.entries(BUDGET_BYTES)) {
  const scripts = [...reachable(`${app}/index.html`)].filter((file) => file.endsWith('.js'));
  const bytes = scripts.reduce((sum, file) => sum + statSync(new URL(`${file}.gz`, folder)).size, 0);
  console.log(`${app}: ${(bytes / 1000).toFixed(1)} kB of JavaScript gzipped, budget ${(budget / 1000).toFixed(0)} kB`);
  if (bytes > budget) process.exitCode = 1;
}
