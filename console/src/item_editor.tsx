// The item editor: every type is kept, the difference is shown before saving, and a save happens
// only if nobody has changed the item in the meantime.
import { useState } from "preact/hooks";
import { Editor } from "./editor";
import { Check, Copy, Dialog, ErrorBox } from "./parts";
import { call, type Json } from "./service";
import { asPython } from "./snippets";
import { attempt, notify } from "./state";
import { complaint, differences, emptyValue, short, TYPES, typeOf, type AttributeValue, type Item, type Type } from "./values";

/** A condition under which an item is still as it was read: each attribute, and no more of them. */
export function unchanged(original: Item | null, keyNames: string[]): Json {
  const names: Json = {};
  const values: Json = {};
  if (!original) {
    names["#k"] = keyNames[0];
    return { ConditionExpression: "attribute_not_exists(#k)", ExpressionAttributeNames: names };
  }
  const parts: string[] = [];
  Object.entries(original).forEach(([name, value], number) => {
    names[`#a${number}`] = name;
    values[`:v${number}`] = value;
    parts.push(`#a${number} = :v${number}`);
  });
  return { ConditionExpression: parts.join(" AND "), ExpressionAttributeNames: names, ExpressionAttributeValues: values };
}

/** Up to how many attributes a save is conditional on all of them: expressions have their limits. */
const CONDITIONAL = 100;

export function ItemEditor(props: {
  table: Json;
  original: Item | null;
  fresh: boolean;
  onClose: () => void;
  onDone: () => void;
  onDuplicate: (item: Item) => void;
}) {
  const keyNames: string[] = props.table["KeySchema"].map((key: Json) => key["AttributeName"]);
  const types: Record<string, Type> = Object.fromEntries(
    props.table["AttributeDefinitions"].map((one: Json) => [one["AttributeName"], one["AttributeType"]]),
  );
  const skeleton = () => Object.fromEntries(keyNames.map((name) => [name, emptyValue(types[name] ?? "S")]));
  const [item, setItem] = useState<Item>(() => structuredClone(props.original ?? skeleton()));
  const [asJson, setAsJson] = useState(false);
  const [text, setText] = useState("");
  const [reviewing, setReviewing] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const before = props.fresh ? null : props.original;
  const changes = differences(before, item);
  const name = props.table["TableName"];

  const parse = (): Item => {
    const parsed: Item = asJson ? JSON.parse(text) : item;
    setItem(parsed);
    return parsed;
  };
  const review = () => {
    try {
      parse();
      setError(null);
      setReviewing(true);
    } catch (raised) {
      setError(raised as Error);
    }
  };
  const save = async () => {
    const keyChanged = before && keyNames.some((key) => JSON.stringify(before[key]) !== JSON.stringify(item[key]));
    const conditional = !before || Object.keys(before).length <= CONDITIONAL;
    try {
      await call("PutItem", {
        TableName: name,
        Item: item,
        ...(conditional ? unchanged(keyChanged ? null : before, keyNames) : {}),
      });
      notify(before && !keyChanged ? "Saved" : "Put a new item", before && !keyChanged ? { undo: () => call("PutItem", { TableName: name, Item: before }).then(props.onDone) } : {});
      props.onDone();
    } catch (raised) {
      setError(raised as Error);
      setReviewing(false);
    }
  };
  const remove = async () => {
    if (!before) return;
    const key = Object.fromEntries(keyNames.map((one) => [one, before[one]]));
    const done = await attempt(
      () => call("DeleteItem", { TableName: name, Key: key }),
      "Deleted",
      () => call("PutItem", { TableName: name, Item: before }).then(props.onDone),
    );
    if (done) props.onDone();
  };

  return (
    <Dialog title={before ? "Item" : "New item"} wide onClose={props.onClose}>
      {reviewing ? (
        <div class="stack">
          <h3>{changes.length ? `${changes.length} attributes change` : "Nothing changes"}</h3>
          <Differences changes={changes} />
          <div class="actions">
            <button class="primary" disabled={!changes.length} onClick={() => void save()}>
              Save
            </button>
            <button onClick={() => setReviewing(false)}>Back</button>
          </div>
        </div>
      ) : (
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            review();
          }}
        >
          <Check
            label="Edit as DynamoDB JSON"
            checked={asJson}
            onValue={(on) => {
              if (on) setText(JSON.stringify(item, null, 2));
              else {
                try {
                  parse();
                } catch (raised) {
                  setError(raised as Error);
                  return;
                }
              }
              setAsJson(on);
            }}
          />
          {asJson ? (
            <Editor label="Item as DynamoDB JSON" language="json" value={text} onValue={setText} onSubmit={review} />
          ) : (
            <Members item={item} fixed={before ? keyNames : []} onItem={setItem} />
          )}
          {error && <ErrorBox error={error} />}
          <div class="actions">
            <button type="submit" class="primary">
              Review changes
            </button>
            {before && (
              <>
                <button type="button" onClick={() => props.onDuplicate(item)}>
                  Duplicate
                </button>
                <button type="button" class="danger" onClick={() => void remove()}>
                  Delete
                </button>
              </>
            )}
            <Copy label="Copy JSON" text={() => JSON.stringify(item)} />
            <Copy label="Copy as boto3" text={() => asPython("PutItem", { TableName: name, Item: item })} />
          </div>
        </form>
      )}
    </Dialog>
  );
}

export function Differences(props: { changes: { name: string; before?: AttributeValue; after?: AttributeValue }[] }) {
  return (
    <table class="differences">
      <thead>
        <tr>
          <th scope="col">Attribute</th>
          <th scope="col">Before</th>
          <th scope="col">After</th>
        </tr>
      </thead>
      <tbody>
        {props.changes.map((one) => (
          <tr key={one.name}>
            <th scope="row">
              <bdi>{one.name}</bdi>
            </th>
            <td class={one.before ? "removed" : ""}>{one.before && <Typed value={one.before} />}</td>
            <td class={one.after ? "added" : ""}>{one.after && <Typed value={one.after} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Typed(props: { value: AttributeValue }) {
  return (
    <>
      <span class="type">{typeOf(props.value)}</span> <bdi>{short(props.value)}</bdi>
    </>
  );
}

const SHOWN = 200;

/** Attributes by name: of an item, or of a map in it. */
function Members(props: { item: Item; fixed?: string[]; onItem: (item: Item) => void }) {
  const [name, setName] = useState("");
  const [all, setAll] = useState(false);
  const names = Object.keys(props.item);
  const replaced = (key: string, value: AttributeValue | null): Item => {
    const copy: Item = {};
    for (const one of names) if (one !== key) copy[one] = props.item[one]!;
      else if (value) copy[one] = value;
    return copy;
  };
  const add = () => {
    if (name && !(name in props.item)) {
      props.onItem({ ...props.item, [name]: { S: "" } });
      setName("");
    }
  };
  return (
    <div class="members">
      {(all ? names : names.slice(0, SHOWN)).map((one) => (
        <div class="member" key={one}>
          <bdi class="name" title={one}>
            {one}
          </bdi>
          <ValueField
            label={one}
            value={props.item[one]!}
            fixedType={!!props.fixed?.includes(one)}
            onValue={(value) => props.onItem(replaced(one, value))}
          />
          {!props.fixed?.includes(one) && (
            <button type="button" class="plain" aria-label={`Remove ${one}`} onClick={() => props.onItem(replaced(one, null))}>
              ✕
            </button>
          )}
        </div>
      ))}
      {!all && names.length > SHOWN && (
        <button type="button" onClick={() => setAll(true)}>
          Show all {names.length} attributes
        </button>
      )}
      <div class="member">
        <input
          aria-label="Name of a new attribute"
          placeholder="new attribute"
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter") {
              event.preventDefault();
              add();
            }
          }}
        />
        <button type="button" onClick={add} disabled={!name || name in props.item}>
          Add
        </button>
      </div>
    </div>
  );
}

function ValueField(props: { label: string; value: AttributeValue; fixedType: boolean; onValue: (value: AttributeValue) => void }) {
  const type = typeOf(props.value);
  const content = props.value[type];
  const set = (changed: unknown) => props.onValue({ [type]: changed } as AttributeValue);
  const wrong = complaint(props.value);
  return (
    <div class="value">
      <select
        aria-label={`Type of ${props.label}`}
        value={type}
        disabled={props.fixedType}
        onChange={(event) => props.onValue(converted(props.value, event.currentTarget.value as Type))}
      >
        {TYPES.map(([one, text]) => (
          <option key={one} value={one} selected={one === type}>
            {text}
          </option>
        ))}
      </select>
      {(type === "S" || type === "B") && (
        <textarea
          aria-label={props.label}
          rows={String(content).length > 60 || String(content).includes("\n") ? 4 : 1}
          spellcheck={false}
          value={content}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
      {type === "N" && (
        <input aria-label={props.label} inputMode="decimal" value={content} onInput={(event) => set(event.currentTarget.value)} />
      )}
      {type === "BOOL" && <Check label={content ? "true" : "false"} checked={content} onValue={set} />}
      {type === "NULL" && <span class="muted">null</span>}
      {(type === "SS" || type === "NS" || type === "BS") && (
        <textarea
          aria-label={`${props.label}, one member a line`}
          rows={Math.min(8, content.length + 1)}
          spellcheck={false}
          value={content.join("\n")}
          onInput={(event) => set(event.currentTarget.value === "" ? [] : event.currentTarget.value.split("\n"))}
        />
      )}
      {type === "L" && <Elements label={props.label} elements={content} onElements={set} />}
      {type === "M" && <Members item={content} onItem={set} />}
      {wrong && <small class="wrong">{wrong}</small>}
    </div>
  );
}

function Elements(props: { label: string; elements: AttributeValue[]; onElements: (elements: AttributeValue[]) => void }) {
  return (
    <div class="members">
      {props.elements.slice(0, SHOWN).map((element, number) => (
        <div class="member" key={number}>
          <span class="name">{number}</span>
          <ValueField
            label={`${props.label}[${number}]`}
            value={element}
            fixedType={false}
            onValue={(value) => props.onElements(props.elements.map((one, other) => (other === number ? value : one)))}
          />
          <button
            type="button"
            class="plain"
            aria-label={`Remove ${props.label}[${number}]`}
            onClick={() => props.onElements(props.elements.filter((_, other) => other !== number))}
          >
            ✕
          </button>
        </div>
      ))}
      {props.elements.length > SHOWN && <small>{props.elements.length - SHOWN} more elements; edit them as DynamoDB JSON.</small>}
      <button type="button" onClick={() => props.onElements([...props.elements, { S: "" }])}>
        Add element
      </button>
    </div>
  );
}

/** A value as another type, keeping its text where that makes sense. */
function converted(value: AttributeValue, type: Type): AttributeValue {
  const content = value[typeOf(value)];
  if (type === "S") return { S: typeof content === "string" ? content : JSON.stringify(content) };
  if (type === "N" && typeof content === "string" && content !== "") return { N: content };
  if (type === "L" && Array.isArray(content) && typeOf(value) !== "L") {
    return { L: content.map((one: string) => ({ [typeOf(value)[0]!]: one }) as AttributeValue) };
  }
  if ((type === "SS" || type === "NS") && typeof content === "string") return { [type]: [content] } as AttributeValue;
  return emptyValue(type);
}
