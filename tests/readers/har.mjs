// Has npm's har-validator check each file against the schema of HAR 1.2: node har.mjs FOLDER FILE…, where FOLDER holds
// node_modules. A line of JSON for each: what is wrong, null where nothing is.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const [folder, ...files] = process.argv.slice(2);
const validator = createRequire(`${folder}/`)('har-validator');
for (const file of files) {
  try {
    await validator.har(JSON.parse(readFileSync(file, 'utf8')));
    console.log('null');
  } catch (wrong) {
    console.log(JSON.stringify(`${file}: ${wrong.message} ${JSON.stringify(wrong.errors)}`));
  }
}
