// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of a file before it is written is what the file has.
#include "core/workbench/settings/export_sizes.h"

#include "core/workbench/evaluation/exports.h"
#include "core/workbench/workbench.h"
#include "tests/test_data.h"

#include <QTemporaryDir>
#include <QTest>

#include <filesystem>
#include <numeric>

using namespace bitloom;

class TestExportSizes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sizesAreThoseOfTheFile_data();
    void sizesAreThoseOfTheFile();
};

void TestExportSizes::sizesAreThoseOfTheFile_data()
{
    QTest::addColumn<QString>("model");
    QTest::addColumn<QString>("format");
    QTest::addColumn<QString>("scheme");
    QTest::newRow("gguf") << "sample"
                          << "gguf"
                          << "q8_0";
    QTest::newRow("gguf as stored") << "sample"
                                    << "gguf"
                                    << "";
    QTest::newRow("safetensors") << "sample"
                                 << "safetensors"
                                 << "q8_0";
    QTest::newRow("fused gguf") << "gpt2-childrens-books"
                                << "gguf"
                                << "q4_0";
    QTest::newRow("lstm") << "lstm-tinystories-char"
                          << "safetensors"
                          << "int4-g32-sym";
}

void TestExportSizes::sizesAreThoseOfTheFile()
{
    QFETCH(QString, model);
    QFETCH(QString, format);
    QFETCH(QString, scheme);
    if (model != "sample")
        BITLOOM_REQUIRE_TEST_DATA();
    const std::string path =
        model == "sample" ? sampleData() : testData() + "/models/" + model.toStdString() + "/hf";
    const auto workbench = Workbench::open(path, {});
    Recipe recipe;
    recipe.target = format == "gguf" ? "gguf" : "safetensors";
    for (const Slot& slot : workbench->model().graph.slots)
        if (const Scheme* wanted = findScheme(scheme.toStdString());
            wanted && slot.quantizable && wanted->accepts(slot.columns))
            recipe.slots[slot.name] = {scheme.toStdString(), "nearest", {}, {}, {}};
    const WrittenSizes sizes = writtenSizes(workbench->model(), recipe, format.toStdString());
    QTemporaryDir folder;
    const std::string file = folder.filePath("model." + format).toStdString();
    Progress progress;
    const ExportReport report =
        workbench->exports().exportModel(recipe, format.toStdString(), file, progress);
    QVERIFY(report.complete);
    QCOMPARE(sizes.fileBytes, static_cast<int64_t>(std::filesystem::file_size(file)));
    const int64_t ofSlots =
        std::accumulate(sizes.slots.begin(), sizes.slots.end(), int64_t{0},
                        [](int64_t sum, const WrittenSlot& slot) { return sum + slot.bytes; });
    QVERIFY(ofSlots > 0 && ofSlots < sizes.fileBytes);
    for (size_t i = 0; i < sizes.slots.size(); ++i) {
        const Slot& slot = workbench->model().graph.slots[i];
        if (!slot.quantizable && format == "gguf")
            QCOMPARE(sizes.slots[i].scheme, std::string("f32")); // whatever they were stored as
        if (!recipe.choice(slot.name).scheme.empty())
            QCOMPARE(sizes.slots[i].scheme, format == "gguf" ? scheme.toStdString() : "f32");
    }
}

QTEST_GUILESS_MAIN(TestExportSizes)
#include "tst_export_sizes.moc"
