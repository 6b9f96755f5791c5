// The item editor: every type is kept, the difference is shown before saving, and a save happens
// only if nobody has changed the item in the meantime.
import { useRef, useState } from "preact/hooks";
import { Editor } from "./editor";
import { Check, Copy, Dialog, ErrorBox } from "./parts";
import { Differences } from "./differences";
import { call, ServiceError, type Json } from "./service";
import { asInsert, asPython } from "./snippets";
import { attempt, bytesText, notify, numberText } from "./state";
import { bytesOf, complaint, differences, emptyValue, keyOf, keyText, malformed, own, short, stable, textOf, TYPES, typeOf, type AttributeValue, type Item, type Type } from "./values";

/** Attributes up to which a save depends on all that was read: expressions have their limits. */
const CONDITIONAL = 100;

/** The condition that attributes still are as they were read; those that were not there, still are not. */
function unchanged(original: Item, names: readonly string[], place: Json): string {
  return names
    .map((name, number) => {
      place["names"][`#a${number}`] = name;
      if (!own(original, name)) return `attribute_not_exists(#a${number})`;
      place["values"][`:a${number}`] = original[name];
      return `#a${number} = :a${number}`;
    })
    .join(" AND ");
}

/**
 * The UpdateItem request that makes one item of another, if it is still as it was read. Attributes that
 * did not change are not written, so those that somebody has added meanwhile stay.
 */
export function updateOf(table: string, keyNames: readonly string[], before: Item, after: Item): Json {
  const place: Json = { names: {}, values: {} };
  const changed = differences(before, after).map((one) => one.name);
  const read = Object.keys(before);
  const condition = unchanged(before, read.length <= CONDITIONAL ? [...new Set([...read, ...changed])] : [...keyNames, ...changed], place);
  const set: string[] = [];
  const remove: string[] = [];
  changed.forEach((name, number) => {
    place["names"][`#c${number}`] = name;
    if (own(after, name)) {
      place["values"][`:c${number}`] = after[name];
      set.push(`#c${number} = :c${number}`);
    } else remove.push(`#c${number}`);
  });
  return {
    TableName: table,
    Key: keyOf(before, keyNames),
    UpdateExpression: [set.length ? `SET ${set.join(", ")}` : "", remove.length ? `REMOVE ${remove.join(", ")}` : ""].filter(Boolean).join(" "),
    ConditionExpression: condition,
    ExpressionAttributeNames: place["names"],
    ...(Object.keys(place["values"]).length ? { ExpressionAttributeValues: place["values"] } : {}),
  };
}

/** The PutItem request of an item that is not there yet. */
export function newItem(table: string, keyNames: readonly string[], item: Item): Json {
  return { TableName: table, Item: item, ConditionExpression: "attribute_not_exists(#k)", ExpressionAttributeNames: { "#k": keyNames[0] } };
}

export function ItemEditor(props: {
  table: Json;
  /** The item as it was read; null for a new one. */
  original: Item | null;
  /** What a new item begins with. */
  draft: Item | null;
  onClose: () => void;
  onChanged: () => void;
  onDuplicate: (item: Item) => void;
}) {
  const keyNames: string[] = props.table["KeySchema"].map((key: Json) => key["AttributeName"]);
  const types: Record<string, Type> = Object.fromEntries(
    props.table["AttributeDefinitions"].map((one: Json) => [one["AttributeName"], one["AttributeType"]]),
  );
  const skeleton = () => Object.fromEntries(keyNames.map((name) => [name, types[name] === "N" ? { N: "" } : emptyValue(types[name] ?? "S")]));
  const [first] = useState<Item>(() => structuredClone(props.original ?? props.draft ?? skeleton()));
  const [item, setItem] = useState<Item>(first);
  const [asJson, setAsJson] = useState(false);
  const [text, setText] = useState("");
  const [reviewing, setReviewing] = useState(false);
  const [error, setError] = useState<Error | null>(null);
  const before = props.original;
  const changes = differences(before, item);
  const name: string = props.table["TableName"];
  const unsaved = (asJson && text !== printed(item)) || (before ? changes.length > 0 : stable(first) !== stable(item));
  const moved = before !== null && stable(keyOf(before, keyNames)) !== stable(keyOf(item, keyNames));
  const done = () => {
    props.onClose();
    props.onChanged();
  };

  const parse = (): Item => {
    if (!asJson) return item;
    const parsed: unknown = JSON.parse(text);
    const wrong = malformed({ M: parsed });
    if (wrong) throw new Error(wrong);
    setItem(parsed as Item);
    return parsed as Item;
  };
  /** Do something with the item as it is edited, if its JSON is one. */
  const withItem = (action: (parsed: Item) => void) => {
    try {
      action(parse());
      setError(null);
    } catch (raised) {
      setError(raised as Error);
    }
  };
  const review = () => withItem(() => setReviewing(true));
  const copied = (text: (parsed: Item) => string) => () => {
    let made = "";
    withItem((parsed) => (made = text(parsed)));
    return made;
  };
  const save = async () => {
    try {
      if (before && !moved) {
        await call("UpdateItem", updateOf(name, keyNames, before, item));
        notify("Saved", { undo: () => undone(call("UpdateItem", updateOf(name, keyNames, item, before))) });
      } else {
        await call("PutItem", newItem(name, keyNames, item));
        notify("Put a new item", { undo: () => undone(call("DeleteItem", { TableName: name, Key: keyOf(item, keyNames) })) });
      }
      done();
    } catch (raised) {
      setError(told(raised as Error, before !== null && !moved));
      setReviewing(false);
    }
  };
  const undone = async (action: Promise<unknown>) => {
    await attempt(() => action, "Undone");
    props.onChanged();
  };
  const remove = async () => {
    if (!before) return;
    const place: Json = { names: {}, values: {} };
    const condition = unchanged(before, Object.keys(before).slice(0, CONDITIONAL), place);
    try {
      await call("DeleteItem", {
        TableName: name,
        Key: keyOf(before, keyNames),
        ConditionExpression: condition,
        ExpressionAttributeNames: place["names"],
        ExpressionAttributeValues: place["values"],
      });
      notify("Deleted", { undo: () => undone(call("PutItem", newItem(name, keyNames, before))) });
      done();
    } catch (raised) {
      setError(told(raised as Error, true));
    }
  };

  return (
    <Dialog title={before ? <bdi>{keyText(keyOf(before, keyNames))}</bdi> : "New item"} wide unsaved={unsaved} onClose={props.onClose}>
      {reviewing ? (
        <div class="stack">
          <h3>{changes.length === 0 ? "Nothing changes" : changes.length === 1 ? "One attribute changes" : `${numberText(changes.length)} attributes change`}</h3>
          {moved && <p>The key differs, so this puts a new item. The one that was opened stays as it is.</p>}
          <Differences before={before} after={item} />
          {changes.length > CONDITIONAL && before && <p class="wrong">An update changes at most some {CONDITIONAL} attributes: save in parts.</p>}
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
              withItem(() => {
                if (on) setText(printed(item));
                setAsJson(on);
              });
            }}
          />
          {asJson ? (
            <Editor label="Item as DynamoDB JSON" language="json" value={text} onValue={setText} onSubmit={review} />
          ) : (
            <Members item={item} fixed={before ? keyNames : []} onItem={setItem} />
          )}
          {props.draft && <small>A copy: give it a key of its own.</small>}
          {error && <ErrorBox error={error} />}
          <div class="actions">
            <button type="submit" class="primary">
              Review changes
            </button>
            {before && (
              <>
                <button type="button" onClick={() => withItem((parsed) => props.onDuplicate(structuredClone(parsed)))}>
                  Duplicate
                </button>
                <button type="button" class="danger" onClick={() => void remove()}>
                  Delete
                </button>
              </>
            )}
            <Copy label="Copy JSON" text={copied((parsed) => JSON.stringify(parsed))} />
            <Copy label="Copy as boto3" text={copied((parsed) => asPython("PutItem", { TableName: name, Item: parsed }))} />
            <Copy label="Copy as INSERT" text={copied((parsed) => asInsert(name, parsed))} />
          </div>
        </form>
      )}
    </Dialog>
  );
}

const printed = (item: Item): string => JSON.stringify(item, null, 2);

/** An error of a conditional write in words of the editor. */
function told(error: Error, existing: boolean): Error {
  if (!(error instanceof ServiceError) || error.type !== "ConditionalCheckFailedException") return error;
  const why = existing
    ? "Somebody has changed or deleted the item since it was opened; nothing was written. Close it and open it again to see its present state."
    : "There is an item with this key already; nothing was written. Open it to change it.";
  return new ServiceError(error.type, why, null);
}

const SHOWN = 200;

/** Attributes by name: of an item, or of a map in it. */
function Members(props: { item: Item; fixed?: string[]; onItem: (item: Item) => void }) {
  const [name, setName] = useState("");
  const [all, setAll] = useState(false);
  const names = Object.keys(props.item);
  const replaced = (key: string, value: AttributeValue | null): Item =>
    Object.fromEntries(names.flatMap((one) => (one !== key ? [[one, props.item[one]!]] : value ? [[one, value]] : [])));
  const add = () => {
    if (name && !Object.hasOwn(props.item, name)) {
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
        <button type="button" onClick={add} disabled={!name || Object.hasOwn(props.item, name)}>
          Add
        </button>
      </div>
    </div>
  );
}

function ValueField(props: { label: string; value: AttributeValue; fixedType: boolean; onValue: (value: AttributeValue) => void }) {
  const type = typeOf(props.value);
  const content = props.value[type];
  const wrong = complaint(props.value);
  // the arrow keys step through the list of types: what the value was as another type comes back with that type
  const contents = useRef<Partial<Record<Type, AttributeValue>>>({});
  const mine = useRef(props.value);
  if (mine.current !== props.value) contents.current = {};
  const change = (value: AttributeValue) => {
    mine.current = value;
    props.onValue(value);
  };
  const set = (changed: unknown) => change({ [type]: changed } as AttributeValue);
  return (
    <div class="value">
      <select
        aria-label={`Type of ${props.label}`}
        value={type}
        disabled={props.fixedType}
        onChange={(event) => {
          const chosen = event.currentTarget.value as Type;
          contents.current[type] = props.value;
          change(contents.current[chosen] ?? converted(props.value, chosen));
        }}
      >
        {TYPES.map(([one, text]) => (
          <option key={one} value={one} selected={one === type}>
            {text}
          </option>
        ))}
      </select>
      {type === "S" && content.includes("\r") && <small>This text has carriage returns, which a field would lose: edit it as DynamoDB JSON.</small>}
      {(type === "S" || type === "B") && (
        <textarea
          readOnly={type === "S" && content.includes("\r")}
          aria-label={props.label}
          rows={String(content).length > 60 || String(content).includes("\n") ? 4 : 1}
          spellcheck={false}
          value={content}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
      {type === "B" && <small>{binaryText(content)}</small>}
      {type === "N" && (
        <input aria-label={props.label} inputMode="decimal" value={content} onInput={(event) => set(event.currentTarget.value)} />
      )}
      {type === "BOOL" && <Check label={content ? "true" : "false"} checked={content} onValue={set} />}
      {type === "NULL" && <span class="muted">null</span>}
      {type === "SS" && content.some((one: string) => /[\r\n]/.test(one)) ? (
        <Elements
          label={props.label}
          elements={content.map((one: string) => ({ S: one }))}
          onElements={(elements) => set(elements.map((one) => one.S ?? short(one)))}
        />
      ) : (
        (type === "SS" || type === "NS" || type === "BS") && (
        <textarea
          aria-label={`${props.label}, one member a line`}
          rows={Math.min(8, content.length + 1)}
          spellcheck={false}
          value={content.join("\n")}
          onInput={(event) => set(event.currentTarget.value === "" ? [] : event.currentTarget.value.split("\n"))}
        />
        )
      )}
      {type === "L" && <Elements label={props.label} elements={content} onElements={set} />}
      {type === "M" && <Members item={content} onItem={set} />}
      {wrong && <small class="wrong">{wrong}</small>}
    </div>
  );
}

/** The size of a binary value, and its text if it is one. */
function binaryText(base64: string): string {
  const text = textOf(base64);
  return `base64 of ${bytesText(bytesOf(base64))}${text ? `: “${text}”` : ""}`;
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
