// SPDX-License-Identifier: GPL-3.0-or-later
// A machine without a Vulkan driver, which is one whose loader is told to look nowhere.
#include "core/error.h"
#include "gpu/vulkan_engine.h"
#include "tests/gpu/encoded_weights.h"
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
        try {
            makeVulkanEngine(model, OriginalWeights(model));
            QFAIL("an engine without a device");
        } catch (const Error& error) {
            QVERIFY2(QString(error.what()).contains("Vulkan driver") ||
                         QString(error.what()).contains("Vulkan loader"),
                     error.what());
        }
    }
};

QTEST_APPLESS_MAIN(NoDeviceTest)
#include "tst_no_device.moc"
