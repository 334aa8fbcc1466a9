#!/bin/bash
# Plants one bug after another in a scratch copy of the sources and counts the seeds that the simulation needs to find it.
#
#   Tests/Simulation/mutations.sh [SEEDS] [NAME…]      SWIFT="…" to wrap the compiler, SCRATCH=… for the copy
#
# A mutation that no seed finds fails the script: a test that cannot fail is a defect.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
seeds=${1:-2000}
[ $# -gt 0 ] && shift
only=" $* "
swift=${SWIFT:-swift}
copy=${SCRATCH:-$(mktemp -d)}
runtime=Sources/Actors/Runtime
sessions=Sources/Sessions
missed=0

prepare() {
    mkdir -p "$copy"
    # A fresh copy each time: no file of another state of the sources stays behind.
    rm -rf "$copy/Sources" "$copy/Tests" "$copy/loadtest"
    (cd "$here" && cp -rp Package.swift Sources Tests loadtest "$copy/")
}

# mutate NAME FILE PERL-SUBSTITUTION
mutate() {
    local name=$1 file=$2 change=$3
    [ "$only" != "  " ] && [[ "$only" != *" $name "* ]] && return
    prepare
    perl -0pi -e "$change" "$copy/$file"
    if cmp -s "$here/$file" "$copy/$file"; then
        printf '%-28s the change no longer fits %s\n' "$name" "$file"
        missed=1
        return
    fi
    if ! (cd "$copy" && $swift build -c release --scratch-path .build-release --product simulate >build.log 2>&1); then
        printf '%-28s does not build: %s\n' "$name" "$(grep -m1 error: "$copy/build.log")"
        missed=1
        return
    fi
    (cd "$copy" && .build-release/release/simulate --seeds "$seeds" --repeat-every 0 >run.log 2>&1)
    local found
    # Worlds run side by side: the lowest seed, not the first line.
    found=$(sed -nE 's/^((trap in )?seed ([0-9]+).*)/\3 \1/p' "$copy/run.log" | sort -n | head -1 | cut -d' ' -f2-)
    if [ -z "$found" ]; then
        printf '%-28s NOT FOUND in %s seeds\n' "$name" "$seeds"
        missed=1
    else
        printf '%-28s %4s seeds  %.150s\n' "$name" "$(grep -oE 'seed [0-9]+' <<<"$found" | head -1 | cut -c6-)" \
            "${found#*: }"
    fi
}

mutate act-before-mark Sources/Actors/Outside/Courier.swift \
    's/guard desk\.receiver\.policy == \.atMostOnce else/guard desk.receiver.policy != desk.receiver.policy else/'
mutate act-on-uncertain Sources/Actors/Outside/Courier.swift \
    's/case \(\.unknown, \.atMostOnce\): end\(errand, desk, \.settled\(outcome\)\)/case (.unknown, .atMostOnce): giveBack(errand, desk)/'
mutate mark-everything Sources/Actors/Outside/Courier.swift \
    's/guard desk\.receiver\.policy == \.atMostOnce else/guard desk.receiver.policy == desk.receiver.policy else/'
mutate act-without-the-mark Sources/Actors/Outside/Courier.swift \
    's/case \.failure\(\.conflict\): end\(errand, desk, \.settled\(\.unknown\)\)/case .failure(.conflict): act(errand, desk)/'
mutate keep-the-mark Sources/Actors/Outside/Courier.swift \
    's/case \(\.notDone, \.atMostOnce\): giveBack\(errand, desk\)/case (.notDone, .atMostOnce): end(errand, desk, .settled(.unknown))/'
mutate forget-effects-of-births $runtime/Host+Batch.swift \
    's/\n\s+draft\.batch\.effects \+= birth\.effects\(now\)//'
mutate evolve-before-commit $runtime/Host+Batch.swift \
    's/(let draft = decide\(\)\n)/$1            state = draft.state\n/'
mutate reply-before-commit $runtime/Host+Batch.swift \
    's/(phase = \.committing\n)/$1            for (envelope, outcome) in draft.outcomes { envelope.request.reply(outcome) }\n/; s/for \(envelope, outcome\) in draft\.outcomes \{(\s+if mustLookUp)/for (envelope, outcome) in draft.outcomes where draft.batch.isEmpty {$1/'
mutate publish-before-commit $runtime/Host+Batch.swift \
    's/(phase = \.committing\n)/$1            publish(draft.events)\n/; s/\n        publish\(draft\.events\)\n/\n/'
mutate forget-idempotency $runtime/Host+Batch.swift \
    's/draft\.batch\.commands\.append\(record\)/_ = record/'
mutate forget-known-keys $runtime/Host+Recovery.swift \
    's/requeue\(answerKnown\(envelopes, reading\.loaded\.commands\)\)/requeue(envelopes)/'
mutate no-look-up $runtime/Host+LookUp.swift \
    's/guard !replies\.isComplete,/guard false, !replies.isComplete,/'
mutate no-reload-when-in-doubt $runtime/Host+Batch.swift \
    's/reload\(thenDecideAgain: draft\.outcomes\.map \{ \$0\.envelope \}, unlessCommitted: draft\)/answer(draft.outcomes.map(\\.envelope), .unavailable(after: runtime.limits.retryAfter))\n            pump()/'
mutate decide-again-when-committed $runtime/Host+Recovery.swift \
    's/if let draft, Self\.isCommitted\(draft, reading\.loaded\.commands\) \{/if let draft, Self.isCommitted(draft, reading.loaded.commands), false {/'
mutate drop-settlement $runtime/Host+Batch.swift \
    's/draft\.batch\.settlements\.append\(.*?\)\)\n/_ = effect\n/s'
mutate settle-without-record $runtime/Host+Batch.swift \
    's/ \|\| request\.effect != nil \{/ {/'
mutate two-batches-in-flight $runtime/Host+Batch.swift \
    's/            phase = \.committing\n//'
mutate drop-hidden-effects $runtime/Host+Recovery.swift \
    's/if !effects\.isEmpty \{ runtime\.dispatch\(effects\) \}/_ = effects/'
mutate snapshot-hides-events $runtime/Host+Recovery.swift \
    's/snapshot\.version > shown/snapshot.version > shown, false/'
mutate time-runs-back $runtime/Host+Recovery.swift \
    's/lastAt = max\(lastAt, frozen\.at\)/_ = frozen.at/'
mutate passivation-forgets-shown $runtime/Registry.swift \
    's/shown\[id\] = host\.shown\(\)\n/\n/'
mutate birth-unheard $runtime/Registry.swift \
    's/if let host = hosts\[id\] \{ return host\.refresh\(\) \}/if hosts[id] != nil { return }/'
mutate outbox-overtakes $runtime/Outbox.swift \
    's/if due\[way\]\?\.count == 1 \{ (carryOut\(entry, retryIn: limits\.retryMin\)) \}/$1/; s/due\[way\]\?\.removeFirst\(\)/due[way]?.removeAll { \$0.id == entry.id }/; s/if let next = due\[way\]\?\.first \{ .*? \} else \{ due\[way\] = nil \}/if due[way]?.isEmpty == true { due[way] = nil }/'
mutate unstorable-effect-stays $runtime/Host+Batch.swift \
    's/envelopes\.count == 1, envelopes\[0\]\.request\.effect == nil \|\| envelopes\[0\]\.unstorable != nil \{/envelopes.count == 1 {/'
mutate slot-taken-twice Sources/Actors/WaitQueue/WaitQueue+Command.swift \
    's/if let holder = state\.slots\[station\] \{/if let holder = state.slots[station], false {/'
mutate weight-of-another-binding Sources/Actors/WeighStation/WeighStation+Command.swift \
    's/guard named == binding\.id else \{ return unmatched\(\.otherBinding\) \}//'
mutate early-no-show Sources/Actors/WaitQueue/WaitQueue+Hub.swift \
    's/entry\.calls == calls, !entry/entry.calls >= min(calls, 0), !entry/'
mutate number-given-twice Sources/Actors/WeighRegister/WeighRegister+Event.swift \
    's/state\.lastSlip \+= 1/state.lastSlip = max(1, state.lastSlip)/'
mutate session-loses-what-it-held $sessions/Subscription.swift \
    's/events\.map\(\\\.frame\) \+ held/events.map(\\.frame) + held.prefix(0)/'
mutate session-replays-too-little $sessions/Subscription.swift \
    's/events\.map\(\\\.frame\) \+ held/events.dropLast().map(\\.frame) + held/'
mutate session-cursor-of-the-future $sessions/Subscription.swift \
    's/return \.replay\(after: cursor\.seq, count:/return .replay(after: cursor.seq + 1, count: -1 +/'
mutate session-never-catches-up $sessions/SessionLoop.swift \
    's/for topic in topics \{ run\(member\.session\.resync\(topic\), id, member\) \}/_ = topics/'
mutate session-skips-without-a-picture $sessions/SessionLoop.swift \
    's/member\.lagging\.insert\(published\.topic\)\n\s+table\.join\(published\.topic, member\)\n//'
mutate session-not-live $sessions/Session+Subscribe.swift \
    's/\(thenLive \? \[\.promote\(subscription\.topic\)\] : \[\]\)/(thenLive ? [] : [])/'
mutate window-forgets-who-was-turned-away $sessions/SettledWindow.swift \
    's/, settled\.n <= first else/ else/; s/let end = turnedAway\[series\] \?\? \.max/let end = Int64.max/'
mutate old-gone-after-new-here $sessions/DeviceLinks.swift \
    's/guard isLinked\(station\) == command\.saysLinked else \{ return \}//'
mutate broadcast-inline $sessions/Broadcaster.swift \
    's/loop\.lane\.post \{ loop\.publish\(runs\) \}/loop.publish(runs)/'
exit $missed
