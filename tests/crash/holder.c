/* holder PROGRAM ARGUMENT…: holds a listening socket as systemd does, tells its port, and does what
 * each line of its input says: start (the program gets the socket), stranger (it gets one that is
 * meant for another process), stop, wait. */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FIRST_GIVEN = 3 };

static pid_t child;

static int hold(void)
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof here;
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&here, size) != 0 || listen(fd, 128) != 0 ||
        getsockname(fd, (struct sockaddr *)&here, &size) != 0 ||
        (fd != FIRST_GIVEN && dup2(fd, FIRST_GIVEN) < 0)) {
        perror("holder");
        exit(2);
    }
    return ntohs(here.sin_port);
}

static void start(char **command, int is_meant)
{
    char pid[20];

    child = fork();
    if (child != 0)
        return;
    snprintf(pid, sizeof pid, "%d", (int)(is_meant ? getpid() : getppid()));
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "1", 1);
    dup2(2, 1); /* its words are not ours */
    execv(command[0], command);
    perror(command[0]);
    _exit(127);
}

static int end(void)
{
    int status = 0;

    if (child > 0)
        waitpid(child, &status, 0);
    child = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(int argc, char **argv)
{
    char line[20];

    if (argc < 2)
        return 2;
    printf("%d\n", hold());
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        if (strcmp(line, "start\n") == 0 || strcmp(line, "stranger\n") == 0) {
            start(argv + 1, line[2] == 'a');
            printf("started\n");
        } else {
            if (strcmp(line, "stop\n") == 0 && child > 0)
                kill(child, SIGTERM);
            printf("ended %d\n", end());
        }
        fflush(stdout);
    }
    if (child > 0)
        kill(child, SIGTERM);
    end();
    return 0;
}
