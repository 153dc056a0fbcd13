%% A process asks a gen_server and waits for the answer: the time of a call. Again with 1,000 messages waiting in the
%% caller's own mailbox.
-module(calls).
-behaviour(gen_server).
-export([run/1, init/1, handle_call/3, handle_cast/2]).

-define(WAITING, 1000).

run(Count) ->
    {ok, Server} = gen_server:start_link(?MODULE, none, []),
    Calls = fun() -> call(Server, 0, Count) end,
    figure:each("call", Count, figure:took(Calls)),
    [self() ! {mail, Number} || Number <- lists:seq(1, ?WAITING)],
    figure:each("call_with_mail", Count, figure:took(Calls)).

call(_, Count, Count) -> ok;
call(Server, Value, Count) -> call(Server, gen_server:call(Server, {next, Value}), Count).

init(none) -> {ok, none}.

handle_call({next, Value}, _From, State) -> {reply, Value + 1, State}.

handle_cast(_, State) -> {noreply, State}.
