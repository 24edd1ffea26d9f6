// Has npm's mermaid read each file: node mermaid.mjs FOLDER FILE…, where FOLDER holds node_modules.
// A line of JSON for each: the type of its diagram, how many parties, messages, boxes and notes, or what is wrong.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

const [folder, ...files] = process.argv.slice(2);
const { default: mermaid } = await import(pathToFileURL(createRequire(`${folder}/`).resolve('mermaid')));
for (const file of files) {
  try {
    const text = readFileSync(file, 'utf8');
    const { diagramType } = await mermaid.parse(text);
    const { db } = await mermaid.mermaidAPI.getDiagramFromText(text);
    const kinds = db.getMessages().map(message => message.type);
    const count = (...types) => kinds.filter(type => types.includes(type)).length;
    const { NOTE, RECT_START, SOLID, DOTTED, SOLID_CROSS, DOTTED_CROSS, SOLID_POINT } = db.LINETYPE;
    console.log(JSON.stringify({
      type: diagramType, parties: db.getActorKeys().length, notes: count(NOTE), boxes: count(RECT_START),
      messages: count(SOLID, DOTTED, SOLID_CROSS, DOTTED_CROSS, SOLID_POINT), said: JSON.stringify(db.getMessages()),
    }));
  } catch (wrong) {
    console.log(JSON.stringify({ wrong: `${file}: ${wrong.message}` }));
  }
}
