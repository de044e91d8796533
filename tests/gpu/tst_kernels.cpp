// SPDX-License-Identifier: GPL-3.0-or-later
// The lists of operations, kernels and shaders say the same. Needs no device.
#include "core/network/graph/operations.h"
#include "gpu/kernels/kernels.h"
#include "gpu/kernels/operations.h"
#include "gpu/kernels/shader_binaries.h"
#include "tests/operation_names.h"

#include <QtTest/QtTest>

using namespace bitloom;

class KernelsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyOperationIsRecorded()
    {
        QCOMPARE(differingNames(namesOf(operations(), &Operation::name), vulkanOperations()),
                 QString());
    }

    void everyKernelHasBothVariantsOfItsShader()
    {
        std::vector<std::string> names;
        for (const Kernel& kernel : kKernels)
            for (const char* variant : {"_texel", "_storage"})
                names.push_back(std::string(kernel.name()) + variant);
        QCOMPARE(differingNames({names.begin(), names.end()},
                                namesOf(shaderBinaries(), &ShaderBinary::name)),
                 QString());
    }
};

QTEST_APPLESS_MAIN(KernelsTest)
#include "tst_kernels.moc"
