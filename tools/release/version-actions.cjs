// How `nx release` reads and writes the version of a package: package.json, with exact versions between packages.
const { VersionActions } = require('nx/release');

const collections = ['dependencies', 'devDependencies', 'peerDependencies'];

module.exports = class PackageVersions extends VersionActions {
  validManifestFilenames = ['package.json'];

  get #path() {
    return `${this.projectGraphNode.data.root}/package.json`;
  }

  #read(tree) {
    return JSON.parse(tree.read(this.#path, 'utf8'));
  }

  #write(tree, manifest) {
    tree.write(this.#path, `${JSON.stringify(manifest, null, 2)}\n`);
  }

  async readCurrentVersionFromSourceManifest(tree) {
    return { currentVersion: this.#read(tree).version, manifestPath: this.#path };
  }

  async readCurrentVersionFromRegistry() {
    return null;
  }

  async readCurrentVersionOfDependency(tree, graph, project) {
    const manifest = this.#read(tree);
    const { packageName } = graph.nodes[project].data.metadata.js;
    const dependencyCollection = collections.find((name) => manifest[name]?.[packageName]) ?? null;
    return { currentVersion: manifest[dependencyCollection]?.[packageName] ?? null, dependencyCollection };
  }

  async updateProjectVersion(tree, version) {
    this.#write(tree, { ...this.#read(tree), version });
    return [`${this.#path}: version ${version}`];
  }

  async updateProjectDependencies(tree, graph, versions) {
    const manifest = this.#read(tree);
    for (const [project, version] of Object.entries(versions)) {
      const { packageName } = graph.nodes[project].data.metadata.js;
      for (const name of collections)
        if (manifest[name]?.[packageName]) manifest[name][packageName] = version;
    }
    this.#write(tree, manifest);
    return [`${this.#path}: ${Object.keys(versions).length} dependencies`];
  }
};
