// SO_LINGER: close() waits its seconds for data that nobody takes.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "guest.h"

int main(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof address;
    int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    must(bind(server, (struct sockaddr*)&address, length) == 0 && listen(server, 1) == 0, "listen");
    getsockname(server, (struct sockaddr*)&address, &length);
    must(connect(client, (struct sockaddr*)&address, length) == 0, "connect");
    static char data[1 << 20];
    while (send(client, data, sizeof data, MSG_DONTWAIT) > 0) {
    }
    struct linger one_second = {1, 1};
    setsockopt(client, SOL_SOCKET, SO_LINGER, &one_second, sizeof one_second);
    guest_begin();
    int64_t start = now_ns();
    int ret = close(client);
    report("close", "perceived_ns=%lld expected_ns=%lld late_ns=%lld ret=%d", (long long)(now_ns() - start), SEC,
           25 * MS, ret);
    return guest_end();
}
