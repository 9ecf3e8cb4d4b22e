// SPDX-License-Identifier: MIT
//
// A server of procjon.proto on gRPC C++; see peers.py.
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <set>
#include <string>

#include <grpcpp/grpcpp.h>

#include "procjon.grpc.pb.h"

namespace
{

// What a server leaves to what is open: more than an agent needs.
constexpr std::chrono::seconds grace{20};

template <typename... Words> void tell(const Words &...words)
{
    static std::mutex mutex;
    std::lock_guard<std::mutex> lock(mutex);

    ((std::cout << words << ' '), ...);
    std::cout << std::endl;
}

class Peer final : public Procjon::Service
{
  public:
    std::atomic<bool> refuses{false}, forgets{false};

    grpc::Status RegisterService(grpc::ServerContext *, const ::Service *service, Empty *) override
    {
        if (refuses.exchange(false))
            return {grpc::StatusCode::UNAVAILABLE, "not now"};
        tell("registered", service->serviceidentifier(), service->timeout());
        return grpc::Status::OK;
    }

    grpc::Status SendServiceStatus(grpc::ServerContext *context, grpc::ServerReader<ServiceStatus> *reader,
                                   Empty *) override
    {
        ServiceStatus status;

        enter(context);
        while (reader->Read(&status)) {
            if (forgets.exchange(false)) {
                leave(context);
                return {grpc::StatusCode::NOT_FOUND, "never heard of it"};
            }
            tell("status", status.serviceidentifier(), status.statuscode());
        }
        leave(context);
        tell("ended");
        return grpc::Status::OK;
    }

    void cancel()
    {
        std::lock_guard<std::mutex> lock(mutex_);

        for (auto *stream : streams_)
            stream->TryCancel();
    }

  private:
    std::mutex mutex_;
    std::set<grpc::ServerContext *> streams_;

    void enter(grpc::ServerContext *context)
    {
        std::lock_guard<std::mutex> lock(mutex_);

        streams_.insert(context);
    }

    void leave(grpc::ServerContext *context)
    {
        std::lock_guard<std::mutex> lock(mutex_);

        streams_.erase(context);
    }
};

} // namespace

int main(int argc, char **argv)
{
    int age = argc > 1 ? std::atoi(argv[1]) : 0;
    int port = 0;
    Peer peer;
    grpc::ServerBuilder builder;
    std::string word;

    if (age > 0) {
        builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, age);
        builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                                   static_cast<int>(std::chrono::milliseconds(grace).count()));
    }
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&peer);
    auto server = builder.BuildAndStart();
    tell("port", port);
    while (word != "leave" && std::cin >> word) {
        if (word == "refuse")
            peer.refuses = true;
        else if (word == "forget")
            peer.forgets = true;
        else if (word == "cancel")
            peer.cancel();
        tell("heard", word);
    }
    server->Shutdown(std::chrono::system_clock::now() + grace);
}
