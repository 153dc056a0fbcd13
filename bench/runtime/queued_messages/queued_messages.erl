%% Messages of 16 bytes wait in the mailbox of a process that looks at none of them: the bytes of one.
-module(queued_messages).
-export([run/1]).

run(Count) ->
    Receiver = spawn_link(fun() -> timer:sleep(infinity) end),
    Before = figure:resident(),
    send(Receiver, Count),
    figure:bytes("queued", Count, Before).

send(_, 0) -> ok;
send(Receiver, Left) ->
    Receiver ! <<Left:128>>,
    send(Receiver, Left - 1).
