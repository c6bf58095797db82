/*
 * The words after `verdict history`: each is a command of its own, as in cli.h.
 */
#ifndef VERDICT_MILTER_CLI_HISTORY_HISTORY_H
#define VERDICT_MILTER_CLI_HISTORY_HISTORY_H

int history_feed(int argc, char **argv);
int history_status(int argc, char **argv);
int history_dns(int argc, char **argv);

#endif
