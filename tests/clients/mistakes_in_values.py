"""Mistakes of values and keys, and the notes that they get: a line for each."""

from __future__ import annotations

import datetime
import uuid
from decimal import Decimal

from boto3.dynamodb.conditions import Attr, Key

from tests.clients.mistakes import Color, Mistakes, Order, update

# fmt: off
MISTAKES: Mistakes = [
    # values
    ("float", lambda at: at.orders.put_item(Item={"PK": "a", "price": 1.5}), "Item.price is the float 1.5: write Decimal('1.5'); DynamoDB's numbers are decimal."),
    ("float in expression value", lambda at: at.orders.update_item(Key={"PK": "a"}, UpdateExpression="SET price = :p", ExpressionAttributeValues={":p": 1.5}), "ExpressionAttributeValues.:p is the float 1.5: write Decimal('1.5'); DynamoDB's numbers are decimal."),
    ("float in condition object", lambda at: at.orders.scan(FilterExpression=Attr("price").gt(1.5)), "a value of FilterExpression is the float 1.5: write Decimal('1.5'); DynamoDB's numbers are decimal."),
    ("float nan", lambda at: at.orders.put_item(Item={"PK": "a", "price": float("nan")}), "Item.price is nan: DynamoDB has finite numbers only. Write None, or leave it out."),
    ("Decimal nan", lambda at: at.orders.put_item(Item={"PK": "a", "price": Decimal("NaN")}), "Item.price is Decimal('NaN'): DynamoDB has finite numbers only. Write None, or leave it out."),
    ("Decimal 1/3 39 digits", lambda at: at.orders.put_item(Item={"PK": "a", "price": Decimal("0."+"3"*39)}), "Item.price has 39 digits; a number has at most 38. Write it as a string, or rounded: Decimal('0.333333')."),
    ("big int", lambda at: at.orders.put_item(Item={"PK": "a", "price": 10**40+1}), "Item.price has 41 digits; a number has at most 38. Write it as a string, or rounded: Decimal('1.00000e+40')."),
    ("datetime", lambda at: at.orders.put_item(Item={"PK": "a", "at": datetime.datetime(2026, 1, 2)}), "Item.at is a datetime: DynamoDB has no dates. Write .isoformat(), or a number of seconds, which a time to live needs."),
    ("uuid", lambda at: at.orders.put_item(Item={"PK": "a", "id": uuid.UUID(int=1)}), "Item.id is a UUID: DynamoDB has none. Write str(...), '00000000-0000-0000-0000-000000000001'."),
    ("uuid as key", lambda at: at.orders.get_item(Key={"PK": uuid.UUID(int=1)}), "Key.PK is a UUID: DynamoDB has none. Write str(...), '00000000-0000-0000-0000-000000000001'."),
    ("enum", lambda at: at.orders.put_item(Item={"PK": "a", "c": Color.RED}), "Item.c is Color.RED of an Enum: write its value, 'red'."),
    ("dataclass", lambda at: at.orders.put_item(Item={"PK": "a", "o": Order("x")}), "Item.o is the dataclass Order: write dataclasses.asdict(...)."),
    ("Item a dataclass", lambda at: at.orders.put_item(Item=Order("x")), "Item is Order(PK='x'): write a dict of attributes, {'artist': 'Can'}."),
    ("mixed set", lambda at: at.orders.put_item(Item={"PK": "a", "o": {1, "a"}}), "Item.o is a set of several types: a set has strings, numbers or bytes alone. A list may mix them."),
    ("empty set", lambda at: at.orders.put_item(Item={"PK": "a", "o": set()}), "In attribute 'o': DynamoDB has no empty sets: leave the attribute out, or use an empty list."),
    ("empty SS client", lambda at: at.client.put_item(TableName="orders", Item={"PK": {"S": "a"}, "o": {"SS": []}}), "In attribute 'o': DynamoDB has no empty sets: leave the attribute out, or use an empty list."),
    ("SS with duplicates", lambda at: at.client.put_item(TableName="orders", Item={"PK": {"S": "a"}, "o": {"SS": ["a", "a"]}}), "In attribute 'o': 'a' occurs more than once; a set must hold each member once."),
    ("set of sets/tuples", lambda at: at.orders.put_item(Item={"PK": "a", "o": {(1, 2)}}), "Item.o is a set of tuple values: a set has strings, numbers or bytes alone. Write a list."),
    ("None key", lambda at: at.orders.get_item(Key={"PK": None}), "The key is PK (S); given: PK (NULL). PK must be a string (S), not NULL."),
    ("None in put key", lambda at: at.orders.put_item(Item={"PK": None}), "The key is PK (S); given: PK (NULL). PK must be a string (S), not NULL."),
    ("empty string key", lambda at: at.orders.get_item(Key={"PK": ""}), "Key attribute 'PK' is empty; only attributes outside of keys may be."),
    ("empty string put key", lambda at: at.orders.put_item(Item={"PK": ""}), "Key attribute 'PK' is empty; only attributes outside of keys may be."),
    ("None as value of a GSI key", lambda at: at.orders.put_item(Item={"PK": "a", "status": None}), "'status' is a key of index 'by-status' and must be a string (S) that is not empty. It is NULL. Without 'status' the item is stored but is not in the index."),
    ("empty string as GSI key", lambda at: at.orders.put_item(Item={"PK": "a", "status": "", "created": 1}), "'status' is a key of index 'by-status' and must be a string (S) that is not empty. Without 'status' the item is stored but is not in the index."),
    ("GSI key of wrong type", lambda at: at.orders.put_item(Item={"PK": "a", "status": "open", "created": "2026-01-01"}), "'created' is a key of index 'by-status' and must be a number (N). It is S. Without 'created' the item is stored but is not in the index."),
    ("non-string map key", lambda at: at.orders.put_item(Item={"PK": "a", "m": {1:2}}), "A name in Item.m is 1: names of attributes are strings, '1'."),
    ("item too large", lambda at: at.orders.put_item(Item={"PK": "a", "m": "x"*410000}), "The item has 410004 bytes; at most 409600 are allowed, attribute names included."),
    ("untyped value client", lambda at: at.client.put_item(TableName="orders", Item={"PK": "a"}), "Item.PK is 'a': a client's values name their types, {'S': 'a'}; those of boto3.resource('dynamodb').Table(...) do not."),
    ("N as number", lambda at: at.client.get_item(TableName="events", Key={"user": {"S": "a"}, "time": {"N": 5}}), "Key.time: numbers are written as text, {'N': '5'}."),
    ("BOOL as text", lambda at: at.client.put_item(TableName="orders", Item={"PK": {"S": "a"}, "b": {"BOOL": "true"}}), "Item.b.BOOL is 'true', and must be True or False: write {'BOOL': True}."),
    ("NULL false", lambda at: at.client.put_item(TableName="orders", Item={"PK": {"S": "a"}, "b": {"NULL": False}}), "In attribute 'b': Write {'NULL': true}; there is no other null."),
    ("S with number", lambda at: at.client.put_item(TableName="orders", Item={"PK": {"S": 1}}), "Item.PK.S is 1, and must be text: write {'N': '1'}."),
    ("unknown type", lambda at: at.client.put_item(TableName="orders", Item={"PK": {"STRING": "a"}}), "Item.PK: 'STRING' is no type; write one of S, N, B, SS, NS, BS, M, L, NULL, BOOL."),
    ("two types", lambda at: at.client.put_item(TableName="orders", Item={"PK": {"S": "a", "N": "1"}}), "In attribute 'PK': The value has {'S', 'N'}; keep one of them."),
    ("no type {}", lambda at: at.client.put_item(TableName="orders", Item={"PK": {}}), "In attribute 'PK': Write a type and its content, such as {'S': 'text'}; got {}."),
    ("nested untyped in client", lambda at: at.client.put_item(TableName="orders", Item={"PK": {"S": "a"}, "m": {"M": {"x": 1}}}), "Item.m.M.x is 1: a client's values name their types, {'N': '1'}; those of boto3.resource('dynamodb').Table(...) do not."),
    ("nested untyped list in client", lambda at: at.client.put_item(TableName="orders", Item={"PK": {"S": "a"}, "m": {"L": ["x"]}}), "Item.m.L[0] is 'x': a client's values name their types, {'S': 'x'}; those of boto3.resource('dynamodb').Table(...) do not."),
    ("N not a number", lambda at: at.client.put_item(TableName="orders", Item={"PK": {"S": "a"}, "n": {"N": "one"}}), 'In attribute \'n\': A number is written as a string of decimal digits, such as "12", "-3.5" or "1e3".'),
    ("N with comma", lambda at: at.client.put_item(TableName="orders", Item={"PK": {"S": "a"}, "n": {"N": "1, 5"}}), 'In attribute \'n\': A number is written as a string of decimal digits, such as "12", "-3.5" or "1e3".'),
    ("N empty", lambda at: at.client.put_item(TableName="orders", Item={"PK": {"S": "a"}, "n": {"N": ""}}), 'In attribute \'n\': A number is written as a string of decimal digits, such as "12", "-3.5" or "1e3".'),
    ("typed values with the resource", lambda at: at.orders.put_item(Item={"PK": {"S": "a"}}), "The key is PK (S); given: PK (M). PK is the map {'S': 'a'}: a resource's values are plain, 'a'."),
    ("typed key with the resource", lambda at: at.orders.get_item(Key={"PK": {"S": "a"}}), "The key is PK (S); given: PK (M). PK is the map {'S': 'a'}: a resource's values are plain, 'a'."),
    ("typed numeric op w resource", lambda at: at.orders.update_item(Key={"PK": "a"}, UpdateExpression="SET n = n + :n", ExpressionAttributeValues={":n": {"N": "1"}}), "SET n = n + :n\n                     ^ + works on numbers."),
    ("condition object with the client", lambda at: at.client.query(TableName="events", KeyConditionExpression=Key("user").eq("ada")), "KeyConditionExpression is a condition of boto3.dynamodb.conditions, which boto3.resource('dynamodb').Table(...) takes; a client takes text, 'artist = :artist', and the values in ExpressionAttributeValues."),
    ("Attr with the client", lambda at: at.client.scan(TableName="events", FilterExpression=Attr("note").eq("ada")), "FilterExpression is a condition of boto3.dynamodb.conditions, which boto3.resource('dynamodb').Table(...) takes; a client takes text, 'artist = :artist', and the values in ExpressionAttributeValues."),
    ("client without TableName", lambda at: at.client.get_item(Key={"PK": {"S": "a"}}), "TableName is missing."),
    ("snake case", lambda at: at.client.get_item(table_name="orders", key={"PK": {"S": "a"}}), "There is no table_name in GetItem: did you mean TableName?"),
    ("Keys instead of Key", lambda at: at.orders.get_item(Keys={"PK": "a"}), "There is no Keys in GetItem: did you mean Key?"),
    ("lower case item", lambda at: at.orders.put_item(item={"PK": "a"}), "There is no item in PutItem: did you mean Item?"),
    ("batch_writer on client", lambda at: at.client.batch_writer(), "A client has no batch_writer: did you mean boto3.resource('dynamodb').Table(name).batch_writer()?"),
    ("Table method on client", lambda at: at.client.Table("orders"), "A client has no Table: did you mean boto3.resource('dynamodb').Table(name)?"),
    ("Attr used as key condition", lambda at: at.events.query(KeyConditionExpression=Attr("user").eq("ada")), "KeyConditionExpression has Attr('user'): write Key('user') for an attribute of the key; conditions on others go to FilterExpression."),
    ("python and of conditions", lambda at: at.events.query(KeyConditionExpression=Key("user").eq("ada") and Key("time").gt(1)), "The keys are user (hash key, S), time (range key, N); conditions are on time. Add a condition of equality on user, joined by AND."),
    ("python == on Key", lambda at: at.events.query(KeyConditionExpression=Key("user") == "ada"), "KeyConditionExpression is False: Python's == compares objects. Write Key('artist').eq('Can'), and join conditions by & and |."),
    # keys
    ("wrong case Key", lambda at: at.orders.get_item(Key={"pk": "a"}), "The key is PK (S); given: pk (S). Names are case-sensitive: write PK, not pk."),
    ("wrong case put", lambda at: at.orders.put_item(Item={"pk": "a"}), "The key is PK (S); given: nothing. Names are case-sensitive: write PK, not pk."),
    ("missing key put", lambda at: at.orders.put_item(Item={"n": 1}), "The key is PK (S); given: nothing. PK is missing."),
    ("near name put", lambda at: at.events.put_item(Item={"usr": "a", "time": 1}), "The key is user (S), time (N); given: time (N). Write user, not usr."),
    ("missing range key get", lambda at: at.events.get_item(Key={"user": "ada"}), "The key is user (S), time (N); given: user (S). time is missing."),
    ("missing range key put", lambda at: at.events.put_item(Item={"user": "ada"}), "The key is user (S), time (N); given: user (S). time is missing."),
    ("extra key get", lambda at: at.orders.get_item(Key={"PK": "a", "status": "open"}), "The key is PK (S); given: PK (S), status (S). Remove status: Query finds items by attributes outside of the key."),
    ("key wrong type", lambda at: at.events.get_item(Key={"user": "ada", "time": "1"}), "The key is user (S), time (N); given: user (S), time (S). time must be a number (N), not S."),
    ("key wrong type put", lambda at: at.events.put_item(Item={"user": "ada", "time": "1"}), "The key is user (S), time (N); given: user (S), time (S). time must be a number (N), not S."),
    ("key wrong type number", lambda at: at.orders.get_item(Key={"PK": 1}), "The key is PK (S); given: PK (N). PK must be a string (S), not N."),
    ("key as string", lambda at: at.orders.get_item(Key="a"), "Key is 'a': write a dict of attributes, {'artist': 'Can'}."),
    ("Key as list", lambda at: at.orders.get_item(Key=["a"]), "Key is ['a']: write a dict of attributes, {'artist': 'Can'}."),
    ("get by index key", lambda at: at.orders.get_item(Key={"status": "open"}), "The key is PK (S); given: status (S). PK is missing. Remove status: Query finds items by attributes outside of the key."),
    ("update the key", lambda at: update(at, "SET PK = :v", v="b"), "To change a key, put a new item and delete the old one."),
    ("update range key", lambda at: at.events.update_item(Key={"user": "ada", "time": 1}, UpdateExpression="SET #t = :t", ExpressionAttributeNames={"#t": "time"}, ExpressionAttributeValues={":t": 5}), "To change a key, put a new item and delete the old one."),
    ("update_item key not whole", lambda at: at.events.update_item(Key={"user": "ada"}, UpdateExpression="SET note = :t", ExpressionAttributeValues={":t": 5}), "The key is user (S), time (N); given: user (S). time is missing."),
    ("delete with cond", lambda at: at.orders.delete_item(Key={"PK": "a"}, ConditionExpression="n = :n", ExpressionAttributeValues={":n": 5}), 'The condition is false: the item is {"PK":{"S":"a"},"n":{"N":"1"},"status":{"S":"open"},"created":{"N":"1"},"tags":{"SS":["x"]},"rows":{"L":[{"N":"1"},{"N":"2"}]}}.'),
    ("put if not exists", lambda at: at.orders.put_item(Item={"PK": "a"}, ConditionExpression="attribute_not_exists(PK)"), 'The condition is false: the item is {"PK":{"S":"a"},"n":{"N":"1"},"status":{"S":"open"},"created":{"N":"1"},"tags":{"SS":["x"]},"rows":{"L":[{"N":"1"},{"N":"2"}]}}.'),
    ("other name and type", lambda at: at.events.get_item(Key={"User": "ada", "time": "1"}), "The key is user (S), time (N); given: User (S), time (S). Names are case-sensitive: write user, not User. time must be a number (N), not S."),
    ("a condition that is false", lambda at: at.orders.update_item(Key={"PK": "a"}, UpdateExpression="SET n = :n", ConditionExpression="n > :n", ExpressionAttributeValues={":n": 5}), 'The condition is false: the item is {"PK":{"S":"a"},"n":{"N":"1"},"status":{"S":"open"},"created":{"N":"1"},"tags":{"SS":["x"]},"rows":{"L":[{"N":"1"},{"N":"2"}]}}.'),
]
# fmt: on
