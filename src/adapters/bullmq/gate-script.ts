/**
 * What BullMQ does not know: tags, turns, one key for what is the same, and dates by whoever distributes. An activity that one of these holds up lies
 * among BullMQ's delayed jobs with a date that never comes; here is kept why, in keys beside BullMQ's own. Each operation is one script, so atomic.
 *
 * A job is made before it is noted here, and noted here until after it is gone; so whatever is noted without a job is left over, and is dropped when it
 * is met, and a job that nobody has noted is noted by `mend`. A kill between any two commands leaves nothing else.
 *
 * `due` holds those that are held up, by date; `held` those of them that wait for their turn alone; `tag:T` and `turn:K` all that have the tag or the key;
 * `stopped:K` those with the key that have failed for good; `going` who was just let go; `running` who has the turn; `once:K` who stands for K.
 */
export const gateScript = `
local jobs, own = KEYS[1], KEYS[1] .. 'concord:'
local call = redis.call
-- Who let one go and has not taken it from among the delayed after so many milliseconds was killed.
local longestGoing = 5000

local function exists(id) return call('EXISTS', jobs .. id) == 1 end
local function isLocked(id) return call('EXISTS', jobs .. id .. ':lock') == 1 end
local function dataOf(id)
  local raw = call('HGET', jobs .. id, 'data')
  return raw and cjson.decode(raw)
end

-- The oldest of a set that is still a job, other than 'but'.
local function oldest(key, but)
  local at = 0
  while true do
    local id = call('ZRANGE', key, at, at)[1]
    if not id then return nil end
    if id == but then at = at + 1
    elseif exists(id) then return id
    else call('ZREM', key, id) end
  end
end

local function waitsForTag(id, data)
  if data.afterTag == '' then return false end
  local other = oldest(own .. 'tag:' .. data.afterTag, id)
  if not other then return false end
  -- Of several that both have the tag and come after it, the older goes first; they would else wait for each other.
  return data.tag ~= data.afterTag or tonumber(other) < tonumber(id)
end

local function waitsForTurn(id, data)
  if data.oneAtATime == '' then return false end
  local runner = call('HGET', own .. 'running', data.oneAtATime)
  if runner and runner ~= id and isLocked(runner) then return true end
  local other = oldest(own .. 'turn:' .. data.oneAtATime, id)
  return other ~= nil and tonumber(other) < tonumber(id)
end

local function note(id, data)
  if data.tag ~= '' then call('ZADD', own .. 'tag:' .. data.tag, id, id) end
  if data.oneAtATime ~= '' then
    call('ZADD', own .. 'turn:' .. data.oneAtATime, id, id)
    call('SREM', own .. 'stopped:' .. data.oneAtATime, id)
  end
end

local function release(id)
  call('ZREM', own .. 'due', id)
  call('SREM', own .. 'held', id)
end

local function milliseconds()
  local time = call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Whoever asked takes it from among the delayed next; until then it lies there, noted as going.
local function letGo(id)
  release(id)
  call('ZADD', own .. 'going', milliseconds(), id)
end

local function forget(key, id, field)
  if field and call('HGET', key, field) == id then call('HDEL', key, field) end
  if not field and call('GET', key) == id then call('DEL', key) end
end

local function giveUpTurn(id, data)
  if data.oneAtATime ~= '' then forget(own .. 'running', id, data.oneAtATime) end
end

-- Who of those with the key may go now.
local function nextInTurn(data, now)
  if data.oneAtATime == '' then return '' end
  local id = oldest(own .. 'turn:' .. data.oneAtATime)
  if not id or call('SISMEMBER', own .. 'held', id) == 0 then return '' end
  local nextData = dataOf(id)
  if nextData.notBefore > now or waitsForTag(id, nextData) or waitsForTurn(id, nextData) then return '' end
  letGo(id)
  return id
end

local operations = {}

-- Whether one stands for the key already.
function operations.standing(key)
  local id = call('GET', own .. 'once:' .. key)
  return id and exists(id) and not isLocked(id) and id or ''
end

-- Notes a job that was made. Says what to do with it: 'go', 'wait', or 'same', because another stands for its key.
function operations.enter(id, now)
  local data = dataOf(id)
  if not data then return {'wait'} end
  if data.deduplicate ~= '' then
    local key = own .. 'once:' .. data.deduplicate
    local other = call('GET', key)
    if other and other ~= id and exists(other) and not isLocked(other) then return {'same', other} end
    call('SET', key, id)
  end
  note(id, data)
  call('ZADD', own .. 'due', data.notBefore, id)
  if data.notBefore > tonumber(now) or data.afterTag ~= '' then return {'wait'} end
  if waitsForTurn(id, data) then
    call('SADD', own .. 'held', id)
    return {'wait'}
  end
  letGo(id)
  return {'go'}
end

-- A node has taken a job. False when the job has to wait after all.
function operations.begin(id, token)
  if call('GET', jobs .. id .. ':lock') ~= token then return 0 end
  local data = dataOf(id)
  note(id, data)
  if waitsForTag(id, data) or waitsForTurn(id, data) then
    call('ZADD', own .. 'due', data.notBefore, id)
    call('SADD', own .. 'held', id)
    return 0
  end
  if data.oneAtATime ~= '' then call('HSET', own .. 'running', data.oneAtATime, id) end
  if data.deduplicate ~= '' then forget(own .. 'once:' .. data.deduplicate, id) end
  release(id)
  return 1
end

-- A node has lost a job, or given it back: it stands for its key again, unless another does.
function operations.back(id)
  local data = dataOf(id)
  -- Somebody may have taken it again already.
  if not data or isLocked(id) then return 0 end
  giveUpTurn(id, data)
  if data.deduplicate ~= '' then
    local key = own .. 'once:' .. data.deduplicate
    local other = call('GET', key)
    if not (other and exists(other) and not isLocked(other)) then call('SET', key, id) end
  end
  return 1
end

function operations.renew(id, token, newToken, ttl)
  local lock = jobs .. id .. ':lock'
  if call('GET', lock) ~= token then return 0 end
  call('SET', lock, newToken, 'PX', ttl)
  return 1
end

-- A try failed: writes why, and lets the next in turn go when it is for good. Nothing when the lease was lost.
function operations.failed(id, token, raw, isForGood, now)
  if call('GET', jobs .. id .. ':lock') ~= token then return {0, ''} end
  local data = cjson.decode(raw)
  call('HSET', jobs .. id, 'data', raw)
  giveUpTurn(id, data)
  if isForGood == '1' then
    if data.oneAtATime ~= '' then
      call('ZREM', own .. 'turn:' .. data.oneAtATime, id)
      call('SADD', own .. 'stopped:' .. data.oneAtATime, id)
    end
    return {1, nextInTurn(data, tonumber(now))}
  end
  if data.deduplicate ~= '' then call('SET', own .. 'once:' .. data.deduplicate, id, 'NX') end
  call('ZADD', own .. 'due', data.notBefore, id)
  return {1, ''}
end

-- Other data of a job that nobody runs, if it is still what it was.
function operations.rewrite(id, from, to)
  if isLocked(id) or call('HGET', jobs .. id, 'data') ~= from then return 0 end
  call('HSET', jobs .. id, 'data', to)
  return 1
end

-- A job is gone. Returns who may go next.
function operations.leave(id, raw, now)
  if exists(id) then return '' end
  local data = cjson.decode(raw)
  release(id)
  giveUpTurn(id, data)
  if data.tag ~= '' then call('ZREM', own .. 'tag:' .. data.tag, id) end
  if data.deduplicate ~= '' then forget(own .. 'once:' .. data.deduplicate, id) end
  if data.oneAtATime ~= '' then
    call('ZREM', own .. 'turn:' .. data.oneAtATime, id)
    call('SREM', own .. 'stopped:' .. data.oneAtATime, id)
  end
  return nextInTurn(data, tonumber(now))
end

-- Somebody wants it now: with its new data, and in its turn again.
function operations.restart(id, raw)
  if not exists(id) then return 0 end
  call('HSET', jobs .. id, 'data', raw)
  note(id, cjson.decode(raw))
  letGo(id)
  return 1
end

-- Who may go, of a page of those whose date has come: their ids, whether each was only held for its turn, and how many were looked at.
function operations.release(now, offset, limit)
  local rows = call('ZRANGEBYSCORE', own .. 'due', '-inf', now, 'WITHSCORES', 'LIMIT', offset, limit)
  local page = {}
  for at = 1, #rows, 2 do table.insert(page, {id = rows[at], due = tonumber(rows[at + 1])}) end
  table.sort(page, function(a, b) return a.due < b.due or (a.due == b.due and tonumber(a.id) < tonumber(b.id)) end)
  local released = {}
  local became = 0
  for _, each in ipairs(page) do
    local data = dataOf(each.id)
    if not data then release(each.id)
    elseif not waitsForTag(each.id, data) then
      local wasHeld = call('SISMEMBER', own .. 'held', each.id) == 1
      if not wasHeld then became = became + 1 end
      if waitsForTurn(each.id, data) then call('SADD', own .. 'held', each.id)
      else
        letGo(each.id)
        table.insert(released, each.id)
      end
    end
  end
  return {#page, became, released}
end

-- Jobs that lie among the delayed and are not noted: whoever put them there was killed, or is about to note them.
function operations.unnoted()
  call('ZREMRANGEBYSCORE', own .. 'going', '-inf', milliseconds() - longestGoing)
  local missing = {}
  if call('ZCARD', jobs .. 'delayed') == call('ZCARD', own .. 'due') then return missing end
  for _, id in ipairs(call('ZRANGE', jobs .. 'delayed', 0, -1)) do
    if not (call('ZSCORE', own .. 'due', id) or call('ZSCORE', own .. 'going', id)) then table.insert(missing, id) end
  end
  return missing
end

function operations.withKey(key)
  local found = call('ZRANGE', own .. 'turn:' .. key, 0, -1)
  for _, id in ipairs(call('SMEMBERS', own .. 'stopped:' .. key)) do table.insert(found, id) end
  return found
end

function operations.nextDue()
  local at = 0
  while true do
    local row = call('ZRANGE', own .. 'due', at, at, 'WITHSCORES')
    if not row[1] then return '' end
    local data = dataOf(row[1])
    if data and call('SISMEMBER', own .. 'held', row[1]) == 0 and not waitsForTag(row[1], data) then return row[2] end
    at = at + 1
  end
end

function operations.count()
  local held = call('SCARD', own .. 'held')
  return {
    math.max(0, call('ZCARD', jobs .. 'delayed') - held),
    call('ZCARD', jobs .. 'prioritized') + call('LLEN', jobs .. 'wait') + held,
    call('LLEN', jobs .. 'active'), call('ZCARD', jobs .. 'failed'),
  }
end

local function stateOf(id)
  if call('ZSCORE', jobs .. 'delayed', id) then
    return call('SISMEMBER', own .. 'held', id) == 1 and 'runnable' or 'waiting'
  end
  if call('ZSCORE', jobs .. 'prioritized', id) then return 'runnable' end
  if call('ZSCORE', jobs .. 'failed', id) then return 'failed' end
  return call('LPOS', jobs .. 'active', id) and 'running' or 'runnable'
end

-- What there is of each: state, data, lock; nothing for those that are gone.
function operations.look(...)
  local found = {}
  for _, id in ipairs({...}) do
    local raw = call('HGET', jobs .. id, 'data')
    if raw then
      local state = stateOf(id)
      table.insert(found, {id, state, raw, state == 'running' and call('GET', jobs .. id .. ':lock') or ''})
    end
  end
  return found
end

return operations[ARGV[1]](unpack(ARGV, 2))
`;
