#include "pool.h"
#include <pthread.h>
#include <string>

Pool::Pool(int workers) {
    for (int number = 0; number < workers; ++number)
        threads_.emplace_back([this, number] { work(number); });
}

Pool::~Pool() {
    {
        std::lock_guard<std::mutex> lock(mutex_);
        done_ = true;
    }
    ready_.notify_all();
    for (auto &thread : threads_)
        thread.join();
}

void Pool::add(std::function<void()> job) {
    {
        std::lock_guard<std::mutex> lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    ready_.notify_one();
}

void Pool::work(int number) {
    pthread_setname_np(pthread_self(), ("pool-" + std::to_string(number)).c_str());
    for (;;) {
        std::function<void()> job;
        {
            std::unique_lock<std::mutex> lock(mutex_);
            ready_.wait(lock, [this] { return done_ || !jobs_.empty(); });
            if (jobs_.empty())
                return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        job();
    }
}
