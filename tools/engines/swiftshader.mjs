// A Vulkan driver that needs no GPU: SwiftShader, with the Vulkan loader, out of Debian's packages of Chromium.
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run, succeeds } from './run.mjs';

const PACKAGE = 'chromium-common';
const FILES = ['libvk_swiftshader.so', 'vk_swiftshader_icd.json', 'libvulkan.so.1'];

/** Leaves the driver in `folder`; answers with the environment in which WebGPU finds it. */
export function unpackSwiftShader(folder) {
  if (!FILES.every((file) => existsSync(join(folder, file)))) {
    const download = join(folder, 'download');
    mkdirSync(download, { recursive: true });
    const apt = (...args) => ['-qq', '-o', 'APT::Sandbox::User=root', ...args];
    if (!succeeds('apt-get', apt('download', PACKAGE), { cwd: download })) {
      run('apt-get', apt('update'));
      run('apt-get', apt('download', PACKAGE), { cwd: download });
    }
    // Only unpacked: Chromium itself, and what it would bring along, is not wanted.
    const [deb] = readdirSync(download);
    run('dpkg-deb', ['-x', join(download, deb), download]);
    for (const file of FILES) renameSync(join(download, 'usr/lib/chromium', file), join(folder, file));
    rmSync(download, { recursive: true });
  }
  const driver = join(folder, 'vk_swiftshader_icd.json');
  const libraries = [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(':');
  return { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver, LD_LIBRARY_PATH: libraries };
}
