// SPDX-License-Identifier: GPL-3.0-or-later
// Statistics of all weights in GB/s beside a plain copy of the same bytes. Target: half of it.
#include "core/analyze/statistics/statistics.h"
#include "core/base/parallel.h"
#include "core/base/random.h"
#include "core/storage/half.h"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>

using namespace bitloom;

namespace {

struct Memory : MappedFile {
    void check() const override {}
};

double seconds(const std::function<void()>& work)
{
    double best = 1e9;
    for (int round = 0; round < 5; ++round) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
        best = std::min(best, took.count());
    }
    return best;
}

/// About Gaussian weights of a scheme, `bytes` of them.
std::vector<std::byte> weights(const std::string& scheme, size_t bytes)
{
    std::vector<std::byte> data(bytes);
    const size_t size = scheme == "f32" ? 4 : 2;
    for (size_t i = 0; i < bytes / size; ++i) {
        const uint64_t bits = randomBits(1, i);
        float value = -2.0F;
        for (unsigned part = 0; part < 4; ++part)
            value += static_cast<float>((bits >> (16 * part)) & 0xFFFFU) / 65536.0F;
        value *= 0.03F;
        const uint16_t half = scheme == "f16" ? floatToHalf(value) : floatToBfloat(value);
        std::memcpy(data.data() + i * size, size == 4 ? static_cast<const void*>(&value) : &half,
                    size);
    }
    return data;
}

double copySeconds(const std::vector<std::byte>& data)
{
    std::vector<std::byte> target(data.size());
    constexpr int64_t kPieces = 64;
    const size_t piece = data.size() / kPieces;
    Progress progress;
    return seconds([&] {
        parallelFor(kPieces, 0, progress, "", [&](int64_t i, int) {
            const size_t from = static_cast<size_t>(i) * piece;
            std::memcpy(target.data() + from, data.data() + from, piece);
        });
    });
}

void measure(const std::string& scheme)
{
    constexpr int64_t kColumns = 4096;
    const std::vector<std::byte> data = weights(scheme, size_t{256} << 20);
    Model model;
    StoredTensor tensor;
    tensor.name = "w.weight";
    tensor.type = scheme;
    tensor.scheme = findScheme(scheme);
    tensor.shape = {static_cast<int64_t>(data.size()) / tensor.scheme->rowBytes(kColumns),
                    kColumns};
    tensor.file = std::make_shared<Memory>();
    tensor.bytes = data;
    Slot slot;
    slot.name = "w";
    slot.tensor = "w.weight";
    slot.rows = tensor.rows();
    slot.columns = kColumns;
    model.checkpoint.tensors.push_back(tensor);
    model.graph.slots.push_back(slot);
    Progress progress;
    const double took = seconds([&] { slotStatistics(model, 0, progress); });
    const double copy = copySeconds(data);
    const double gigabytes = static_cast<double>(data.size()) / 1e9;
    std::printf("statistics %-5s %6.2f GB/s, copy %6.2f GB/s: %.2f of it (target 0.5)\n",
                scheme.c_str(), gigabytes / took, gigabytes / copy, copy / took);
}

} // namespace

int main()
{
    for (const char* scheme : {"f32", "f16", "bf16"})
        measure(scheme);
    return 0;
}
