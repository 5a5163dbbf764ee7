import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { transform } from 'esbuild';
import { rolldown } from 'rolldown';

export interface Bundle {
  /** The function's folder under lambdas/. */
  readonly name: string;
  /** Absolute path of the `index.js`; the folder around it is the Lambda asset. */
  readonly path: string;
  readonly bytes: number;
}

export interface BundleOptions {
  /** @default dist/functions of this package */
  readonly outdir?: string;
  /** Where the function folders are. @default lambdas of this package */
  readonly source?: string;
}

interface Manifest {
  readonly digest: string;
  readonly bundles: readonly { readonly name: string; readonly bytes: number }[];
}

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where `bundle()` writes when it is not told otherwise: one folder per function. */
export const bundlesDirectory = join(ROOT, 'dist', 'functions');

/** Folders of lambdas/ that are shared by functions, not functions. */
const SHARED_FOLDERS: ReadonlySet<string> = new Set(['core', 'adapters']);

/** Raise it when the way of bundling changes in a way that neither lock file nor options show. */
const RECIPE = 1;

const ESBUILD_OPTIONS = {
  loader: 'js',
  format: 'cjs',
  platform: 'node',
  // The same file also runs in the simulator, on the Node that this project promises to support.
  target: 'node20',
  minify: true,
  legalComments: 'none',
  charset: 'utf8',
  // The SDK's `import('node:http')` becomes a `require`, which a simulated function can be given.
  supported: { 'dynamic-import': false },
} as const;

/** What differs between machines or runs must not be in here: the output is the same to the byte everywhere. */
const ALIASES = {
  '@aws-sdk/credential-provider-node': 'lambdas/adapters/environment-credentials.ts',
} as const;

/**
 * Bundles every function of lambdas/ to CommonJS, each to `<outdir>/<folder>/index.js`. Does nothing but compare a
 * digest when nothing that goes into a bundle has changed. Several processes may call it at once: files are put in place
 * whole, and equal inputs give equal bytes, so the last one wins without harm.
 * @throws when a function does not bundle; then what was there before stays
 */
export async function bundle(options: BundleOptions = {}): Promise<readonly Bundle[]> {
  const source = options.source ?? join(ROOT, 'lambdas');
  const outdir = options.outdir ?? bundlesDirectory;
  const files = await sourceFiles(source);
  const digest = await digestOf(source, files);
  const known = await readManifest(outdir, digest);
  const manifest = known ?? (await write(source, outdir, functionNames(files), digest));
  return manifest.bundles.map(({ name, bytes }) => ({ name, path: indexOf(outdir, name), bytes }));
}

async function write(
  source: string,
  outdir: string,
  names: readonly string[],
  digest: string,
): Promise<Manifest> {
  const built = await Promise.all(
    names.map(async (name) => ({ name, code: await build(join(source, name, 'handler.ts')) })),
  );
  await mkdir(outdir, { recursive: true });
  for (const { name, code } of built) await put(indexOf(outdir, name), code);
  await removeOthers(outdir, new Set(names));
  const bundles = built.map(({ name, code }) => ({ name, bytes: Buffer.byteLength(code) }));
  const manifest = { digest, bundles };
  // Last, so that a digest never stands for files that are not there yet.
  await put(manifestOf(outdir), `${JSON.stringify(manifest, undefined, 2)}\n`);
  return manifest;
}

async function build(entry: string): Promise<string> {
  const alias = Object.fromEntries(
    Object.entries(ALIASES).map(([name, path]) => [name, join(ROOT, path)]),
  );
  const bundler = await rolldown({
    input: entry,
    cwd: ROOT,
    platform: 'node',
    resolve: { alias, mainFields: ['module', 'main'] },
    treeshake: true,
    tsconfig: false,
    logLevel: 'warn',
  });
  try {
    const { output } = await bundler.generate({
      format: 'cjs',
      minify: true,
      codeSplitting: false,
      exports: 'named',
      sourcemap: false,
    });
    const [chunk, ...others] = output;
    if (others.length > 0) throw new Error(`${entry}: expected one file, got ${output.length}`);
    return (await transform(chunk.code, ESBUILD_OPTIONS)).code;
  } finally {
    await bundler.close();
  }
}

/** Every file under the source folder, as sorted paths with `/`. */
async function sourceFiles(source: string): Promise<readonly string[]> {
  const entries = await readdir(source, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(source, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .sort();
}

function functionNames(files: readonly string[]): readonly string[] {
  return files
    .filter((file) => /^[^/]+\/handler\.ts$/.test(file))
    .map((file) => file.slice(0, file.indexOf('/')))
    .filter((name) => !SHARED_FOLDERS.has(name));
}

async function digestOf(source: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  hash.update(JSON.stringify({ RECIPE, ESBUILD_OPTIONS, ALIASES }));
  const inputs = [
    ...files.map((file) => ({ name: file, path: join(source, file) })),
    ...Object.values(ALIASES).map((path) => ({ name: path, path: join(ROOT, path) })),
    { name: 'package-lock.json', path: join(ROOT, 'package-lock.json') },
  ];
  const contents = await Promise.all(inputs.map(({ path }) => readFile(path)));
  for (const [index, { name }] of inputs.entries()) {
    const content = contents[index] ?? '';
    hash.update(`\n${name} ${content.length}\n`).update(content);
  }
  return hash.digest('hex');
}

/** The manifest, when it is of this digest and its files are there in full. */
async function readManifest(outdir: string, digest: string): Promise<Manifest | undefined> {
  try {
    const manifest = JSON.parse(await readFile(manifestOf(outdir), 'utf8')) as Manifest;
    if (manifest.digest !== digest) return undefined;
    const sizes = await Promise.all(
      manifest.bundles.map(async ({ name }) => (await stat(indexOf(outdir, name))).size),
    );
    const whole = manifest.bundles.every(({ bytes }, index) => bytes === sizes[index]);
    return whole ? manifest : undefined;
  } catch {
    // Missing or unreadable: bundling again mends both.
    return undefined;
  }
}

/** Puts a file in place at once: a reader sees the old text or the new one, never a part. */
async function put(path: string, text: string): Promise<void> {
  const directory = dirname(path);
  await mkdir(directory, { recursive: true });
  // Beside the folder of the function: the folder itself is an asset, whose every file is uploaded.
  const temporary = join(dirname(directory), `.${randomUUID()}.part`);
  await writeFile(temporary, text);
  await rename(temporary, path);
}

async function removeOthers(outdir: string, names: ReadonlySet<string>): Promise<void> {
  const entries = await readdir(outdir, { withFileTypes: true });
  const others = entries.filter((entry) => entry.isDirectory() && !names.has(entry.name));
  for (const other of others) await rm(join(outdir, other.name), { recursive: true, force: true });
}

function indexOf(outdir: string, name: string): string {
  return join(outdir, name, 'index.js');
}

function manifestOf(outdir: string): string {
  return join(outdir, 'manifest.json');
}

async function main(): Promise<void> {
  for (const { name, bytes } of await bundle()) {
    console.log(`${name.padEnd(24)} ${(bytes / 1000).toFixed(0).padStart(4)} KB`);
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
