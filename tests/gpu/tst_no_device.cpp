// SPDX-License-Identifier: GPL-3.0-or-later
// A machine without a Vulkan driver, which is one whose loader is told to look nowhere.
#include "gpu/run/vulkan_engine.h"
#include "tests/gpu/encoded_weights.h"
#include "tests/refusal.h"
#include "tests/test_data.h"

#include <QtTest/QtTest>

using namespace bitloom;

class NoDeviceTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase()
    {
        qputenv("VK_ICD_FILENAMES", "/nonexistent/driver.json");
        qputenv("VK_DRIVER_FILES", "/nonexistent/driver.json");
    }

    void noDeviceIsListed() { QVERIFY(vulkanDevices().empty()); }

    void theEngineSaysWhyItCannotBeMade()
    {
        const std::shared_ptr<const Model> model = openModel(sampleData());
        const QString said = refusal([&] { makeVulkanEngine(model, OriginalWeights(model)); });
        QVERIFY2(said.contains("Vulkan driver") || said.contains("Vulkan loader"),
                 qPrintable(said));
    }
};

QTEST_APPLESS_MAIN(NoDeviceTest)
#include "tst_no_device.moc"
