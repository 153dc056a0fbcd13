%% A server that sends back what comes, a process for each connection. load/echo.c measures it.
-module(echo).
-export([run/0]).

%% What comes is sent to the process as messages, which takes half the processor time of asking for each; it asks for
%% so many at a time, so that no client can fill its mailbox.
-define(AT_A_TIME, 100).

run() ->
    Options = [binary, {active, false}, {ip, loopback}, {nodelay, true}, {backlog, 1024}],
    {ok, Listener} = gen_tcp:listen(0, Options),
    {ok, Port} = inet:port(Listener),
    io:format("port ~b~n", [Port]),
    accept(Listener).

accept(Listener) ->
    {ok, Connection} = gen_tcp:accept(Listener),
    Server = spawn(fun() -> receive yours -> ask_for_more(Connection) end end),
    ok = gen_tcp:controlling_process(Connection, Server),
    Server ! yours,
    accept(Listener).

%% The client may have gone meanwhile.
ask_for_more(Connection) ->
    case inet:setopts(Connection, [{active, ?AT_A_TIME}]) of
        ok -> echo(Connection);
        {error, _} -> ok
    end.

%% Ends when the client does.
echo(Connection) ->
    receive
        {tcp, Connection, Data} ->
            _ = gen_tcp:send(Connection, Data),
            echo(Connection);
        {tcp_passive, Connection} -> ask_for_more(Connection);
        {tcp_closed, Connection} -> ok;
        {tcp_error, Connection, _} -> ok
    end.
