/* Prints what a program is born with: arguments, environment, directory, signals, group, descriptors. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
    char line[4096];
    for (int i = 0; i < argc; i++)
        printf("argument %s\n", argv[i]);
    for (char **variable = environ; *variable; variable++)
        printf("variable %s\n", *variable);
    printf("directory %s\n", getcwd(line, sizeof line));
    printf("own group %d\n", getpgrp() == getpid());
    for (int i = 0; i < 3; i++)
        printf("terminal %d %d\n", i, isatty(i));
    FILE *status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status))
        if (!strncmp(line, "SigIgn", 6) || !strncmp(line, "SigBlk", 6))
            printf("%s %s", line[3] == 'I' ? "ignored" : "blocked", strchr(line, '\t') + 1);
    fclose(status);
    DIR *folder = opendir("/proc/self/fd");
    for (struct dirent *entry; (entry = readdir(folder));)
        if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(folder))
            printf("descriptor %s\n", entry->d_name);
    closedir(folder);
    fflush(stdout);
    fprintf(stderr, "to stderr\n");
    return 0;
}
