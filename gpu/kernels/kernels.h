// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <initializer_list>
#include <span>
#include <string_view>

namespace bitloom {

/// How a kernel sees a region: the element its reads fetch, or what it is written as (and read
/// from, where a kernel does both).
enum class Binding { Words1, Words2, Words4, Floats1, Floats2, Floats4, Output, Control };

bool isInput(Binding binding);

/// A shader and its bindings, in order.
class Kernel {
public:
    constexpr Kernel(std::string_view name, std::initializer_list<Binding> bindings)
        : m_name(name)
        , m_count(bindings.size())
    {
        std::ranges::copy(bindings, m_bindings.begin());
    }
    constexpr std::string_view name() const { return m_name; }
    std::span<const Binding> bindings() const { return std::span(m_bindings).first(m_count); }

private:
    static constexpr size_t kMostBindings = 9;

    std::string_view m_name;
    std::array<Binding, kMostBindings> m_bindings = {};
    size_t m_count;
};

/// A row for each file shaders/NAME.comp.
inline constexpr std::array kKernels = [] {
    using enum Binding;
    return std::to_array<Kernel>({
        {"embed", {Words4, Words2, Words1, Words1, Words1, Words1, Output, Control}},
        {"gemv", {Words4, Words2, Words1, Words1, Words1, Floats4, Output, Control, Floats1}},
        {"gemm", {Words4, Words2, Words1, Words1, Words1, Floats4, Output, Control, Floats1}},
        {"rms_norm", {Floats4, Floats4, Output, Control}},
        {"layer_norm", {Floats4, Floats4, Floats4, Output, Control}},
        {"rope", {Floats1, Floats2, Output, Control}},
        {"append", {Floats4, Floats4, Output, Output, Control}},
        {"attention", {Floats4, Floats4, Floats4, Output, Control, Words2}},
        {"silu_multiply", {Floats4, Floats4, Output, Control}},
        {"gelu", {Floats4, Output, Control}},
        {"gelu_new", {Floats4, Output, Control}},
        {"relu", {Floats4, Output, Control}},
        {"tanh", {Floats4, Output, Control}},
        {"normalize", {Floats4, Output, Control}},
        {"pool", {Floats4, Words2, Output, Control}},
        {"add", {Floats4, Floats4, Output, Control}},
        {"clear", {Output, Control}},
        {"fake_quantize", {Output, Control}},
        {"lstm_cell",
         {Floats4, Floats4, Floats4, Floats4, Floats4, Output, Output, Output, Control}},
        {"probe", {Words4, Output}},
    });
}();

/// A row of the kernels by its name. A name that no row has does not compile.
class KernelNamed {
public:
    consteval KernelNamed(const char* name)
        : m_kernel(std::ranges::find(kKernels, std::string_view(name), &Kernel::name))
    {
        if (m_kernel == kKernels.end())
            throw "there is no kernel of that name";
    }
    const Kernel& kernel() const { return *m_kernel; }

private:
    const Kernel* m_kernel;
};

} // namespace bitloom
