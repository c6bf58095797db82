#include "tests/support/address_pieces.h"

const char *const address_pieces[] = {
    "@(",        "a@b.example,", "(",       "\"",
    "\\(",       "@\\(",         ".",       "<",
    "a@a.(",     "@a.\\(",       "=?",      "=?a?q?",
    "=?a?b?",    "=?a?q?=40?=",  "\"a\" ",  ",",
    "(a)",       "a:;,",         "@",       "\r",
    "\r\n ",     "a.",           "a@(@)b",  "[",
    "a@[",       "a@\xc3\xbc.",  "@( )a. ", "\\\"",
    "a@b>,",     "( \\",         "<@a:",    "<@a,",
    "=40",       "?=",           "@a (x)",  "@\xc3\xbc.\xc3\xbc ",
    "a,",        "a;",           "a:",      "@=?",
    "a <a@b.c>", "@=?a?q?b?=",   "a <",     ">",
    "\"\\\"",
};

const size_t address_pieces_n = sizeof address_pieces / sizeof *address_pieces;
