// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/torch/torch_forward.h"

#include "core/base/error.h"
#include "core/network/engine/blas_kernels.h"

#include <dlfcn.h>
#include <new>

namespace bitloom {

torch::Tensor TorchWeights::rows(int slot, const torch::Tensor& ids)
{
    return torch::embedding(weight(slot), ids);
}

torch::Tensor TorchWeights::linear(int slot, const torch::Tensor& input)
{
    return torch::matmul(input, weight(slot).t());
}

void setTorchThreads(int threads)
{
    chooseBlasKernels();
    using Setter = void (*)(int);
    static const auto setBlasThreads =
        reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
    if (setBlasThreads)
        setBlasThreads(threads);
    const int own = setBlasThreads ? 1 : threads;
    if (at::get_num_threads() != own)
        at::set_num_threads(own);
}

torch::Tensor fakeQuantized(const torch::Tensor& rows, const ActivationScheme& scheme)
{
    torch::Tensor copy = rows.detach().clone(at::MemoryFormat::Contiguous);
    const int64_t width = copy.size(1);
    float* const first = copy.data_ptr<float>();
    for (int64_t row = 0; row < copy.size(0); ++row)
        scheme.fakeQuantize({first + row * width, static_cast<size_t>(width)});
    return copy;
}

torch::Tensor asTensor(MatrixView view)
{
    // Torch has no constant tensors.
    return torch::from_blob(const_cast<float*>(view.data), {view.rows, view.columns});
}

void withTorchErrors(const char* operation, const std::function<void()>& work)
{
    try {
        work();
    } catch (const Error&) {
        throw;
    } catch (const c10::Error& error) {
        const std::string cause = error.what_without_backtrace();
        if (cause.find("DefaultCPUAllocator") != std::string::npos)
            throw Error(operation, "there is not enough memory");
        throw Error(operation, "torch refused: " + cause.substr(0, cause.find('\n')));
    } catch (const std::bad_alloc&) {
        throw Error(operation, "there is not enough memory");
    } catch (const std::exception& error) {
        throw Error(operation, std::string("torch refused: ") + error.what());
    }
}

} // namespace bitloom
