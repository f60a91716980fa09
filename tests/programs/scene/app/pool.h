#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

class Pool {
  public:
    explicit Pool(int workers);
    ~Pool();
    void add(std::function<void()> job);

  private:
    void work(int number);
    std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<std::function<void()>> jobs_;
    bool done_ = false;
    std::vector<std::thread> threads_;
};
