// SPDX-License-Identifier: GPL-3.0-or-later
// Tokens a second of both engines on a model (default: the sample, and a character LSTM where the
// test data are, whose tokens are characters), scheme by scheme: decode one token at a time, and
// prefill of 128. Target on the Vulkan device present: prefill at least 5
// times decode; device weight bytes at most 1.1 times the packed ones.
#include "gpu/run/vulkan_engine.h"
#include "tests/gpu/encoded_weights.h"
#include "tests/test_data.h"

#include <chrono>
#include <cstdio>
#include <exception>

using namespace bitloom;

namespace {

constexpr size_t kPrefill = 128;
constexpr size_t kDecoded = 64;

double secondsOf(const std::function<void()>& work)
{
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Speed {
    double decode = 0;
    double prefill = 0;
};

/// Best of five: other work on the machine only ever slows down.
Speed measure(Engine& engine, int64_t vocabulary)
{
    std::vector<int32_t> tokens;
    for (size_t i = 0; i < kPrefill + kDecoded; ++i)
        tokens.push_back(static_cast<int32_t>((i * 37 + 11) % static_cast<size_t>(vocabulary)));
    const std::span<const int32_t> all(tokens);
    const auto sequence = engine.newSequence(static_cast<int64_t>(tokens.size()));
    Speed best;
    for (int round = 0; round < 5; ++round) {
        sequence->clear();
        const double prefill =
            secondsOf([&] { engine.run(*sequence, all.first(kPrefill), Rows::Last); });
        const double decode = secondsOf([&] {
            for (size_t i = 0; i < kDecoded; ++i)
                engine.run(*sequence, all.subspan(kPrefill + i, 1), Rows::Last);
        });
        best.prefill = std::max(best.prefill, static_cast<double>(kPrefill) / prefill);
        best.decode = std::max(best.decode, static_cast<double>(kDecoded) / decode);
    }
    return best;
}

void benchScheme(const std::shared_ptr<const Model>& model, const Scheme& scheme)
{
    const EncodedWeights weights(model, scheme);
    if (weights.encodedSlots() == 0)
        return;
    const auto vulkan = makeVulkanEngine(model, weights, {});
    const auto torch = makeTorchEngine(model, weights);
    const Speed ours = measure(*vulkan, model->graph.vocabulary);
    const Speed theirs = measure(*torch, model->graph.vocabulary);
    std::printf("%-15s %9.0f %9.0f %7.1f %8.3f %11.0f %9.0f\n", std::string(scheme.id()).c_str(),
                ours.decode, ours.prefill, ours.prefill / ours.decode,
                static_cast<double>(vulkan->weightBytes()) /
                    static_cast<double>(weights.packedBytes()),
                theirs.decode, theirs.prefill);
}

void workbench(const std::string& path)
{
    const std::vector<VulkanDeviceInfo> devices = vulkanDevices();
    if (devices.empty()) {
        std::puts("no Vulkan device on this machine");
        return;
    }
    const std::shared_ptr<const Model> model = openModel(path);
    const bool characters = model->tokenizer->data().kind == "char";
    std::printf("%s (%s) on %s; %s/s. Targets: prefill/decode >= 5, bytes <= 1.1\n",
                model->name.c_str(), model->architecture.c_str(), devices.front().name.c_str(),
                characters ? "characters" : "tokens");
    std::printf("%-15s %9s %9s %7s %8s %11s %9s\n", "scheme", "vk decode", "prefill", "ratio",
                "bytes", "torch dec.", "prefill");
    for (const Scheme* scheme : schemes())
        benchScheme(model, *scheme);
}

} // namespace

int main(int count, char** arguments)
{
    try {
        workbench(count > 1 ? arguments[1] : sampleData());
        if (count < 2 && !testData().empty())
            workbench(testData() + "/models/lstm-tinystories-char/hf");
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
