// SPDX-License-Identifier: GPL-3.0-or-later
// What was measured of one model is never told of another, however alike they look.
#include "core/files/formats/writers.h"
#include "core/workbench/evaluation/exports.h"
#include "core/workbench/prediction/measured_variants.h"
#include "core/workbench/prediction/slot_errors.h"
#include "core/workbench/session/model_calibration.h"
#include "core/workbench/session/opened_model.h"
#include "core/workbench/workbench.h"
#include "tests/core/workbench/sample_workbench.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <algorithm>
#include <filesystem>

using namespace bitloom;

namespace {

namespace fs = std::filesystem;

CalibrationSettings text()
{
    CalibrationSettings settings;
    settings.text =
        readTextFile(testData() + "/text/tinystories/tinystories_valid_30k.txt").substr(0, 6000);
    settings.textName = "stories";
    settings.context = 64;
    settings.windows = 2;
    return settings;
}

std::vector<double> damages(Workbench& workbench)
{
    Progress progress;
    workbench.calibration().measureSensitivity(text(), progress);
    std::vector<double> result;
    for (size_t slot = 0; slot < workbench.model().graph.slots.size(); ++slot)
        if (workbench.model().graph.slots[slot].quantizable)
            result.push_back(workbench.slotErrors().sensitivity(static_cast<int>(slot), progress));
    return result;
}

} // namespace

class TestRecognition : public QObject {
    Q_OBJECT

    QTemporaryDir m_folder;
    std::string m_first;
    std::string m_second; ///< differs in the middle of one matrix alone

    void useCache(const char* name) const
    {
        qputenv("BITLOOM_CACHE", name ? m_folder.filePath(name).toUtf8() : QByteArray("off"));
    }
    std::string copyOfModel(const char* name) const
    {
        const std::string folder = m_folder.filePath(name).toStdString();
        fs::copy(testData() + "/models/stories260K/hf", folder);
        for (const auto& file : fs::directory_iterator(folder))
            fs::permissions(file.path(), fs::perms::owner_all);
        return folder;
    }
    static std::shared_ptr<Workbench> opened(const std::string& path)
    {
        return Workbench::open(path, torchEngines());
    }

    static void exportGptq(const std::string& model, const std::string& file)
    {
        const auto workbench = opened(model);
        Progress progress;
        QVERIFY(workbench->calibration().measureInputs(text(), progress));
        Recipe recipe = uniform(workbench->model(), "int4-g32-sym", "gptq");
        for (const Slot& slot : workbench->model().graph.slots)
            if (slot.quantizable && !schemeNamed("int4-g32-sym").accepts(slot.columns))
                recipe.slots.erase(slot.name);
        QVERIFY(workbench->exports().exportModel(recipe, "safetensors", file, progress).complete);
    }

private Q_SLOTS:
    void initTestCase()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        m_first = copyOfModel("a");
        m_second = copyOfModel("b");
        qint64 place = 0;
        std::vector<float> weights;
        {
            const Checkpoint model = openCheckpoint(m_second);
            const StoredTensor* tensor = model.find("model.layers.2.mlp.up_proj.weight");
            QVERIFY(tensor);
            place = tensor->bytes.data() - tensor->file->bytes().data();
            weights = tensor->read().values;
        }
        const size_t from = 528;
        const size_t to = weights.size() / 2 - 16;
        for (size_t i = from; i < to; ++i)
            weights[i] *= 3;
        QFile file(QString::fromStdString(m_second + "/model.safetensors"));
        QVERIFY(file.open(QFile::ReadWrite) &&
                file.seek(place + static_cast<qint64>(from * sizeof(float))));
        file.write(reinterpret_cast<const char*>(weights.data() + from),
                   static_cast<qint64>((to - from) * sizeof(float)));
    }

    void sensitivitiesOfOneAreNotThoseOfAnother()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        QCOMPARE(opened(m_first)->model().identity, opened(m_second)->model().identity);
        useCache(nullptr);
        const std::vector<double> expected = damages(*opened(m_second));
        useCache("sensitivities");
        const std::vector<double> first = damages(*opened(m_first));
        QVERIFY(first != expected);
        QCOMPARE(damages(*opened(m_second)), expected);
        QCOMPARE(damages(*opened(m_first)), first); // and each comes back
        QCOMPARE(damages(*opened(m_second)), expected);
    }

    void gptqSeesTheInputsOfItsOwnModel()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        useCache("gptq");
        std::vector<std::string> files;
        for (const std::string& model : {m_first, m_second}) {
            files.push_back(model + "-gptq.safetensors");
            exportGptq(model, files.back());
        }
        useCache(nullptr);
        const std::string alone = m_second + "-alone.safetensors";
        exportGptq(m_second, alone);
        QVERIFY(readTextFile(alone) == readTextFile(files[1]));
    }

    void trialsBelongToTheirModel()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        useCache("trials");
        const SlotKey slot{1, {"int4-g32-sym", "nearest", {}, {}}, {}, {}};
        const TrialKey key{{{slot}, {}}, "examples"};
        opened(m_first)->measuredVariants().addTrial(key, {0.25, 0.5});
        Progress progress;
        QVERIFY(opened(m_second)->measuredVariants().trials(progress).empty());
        QCOMPARE(opened(m_first)->measuredVariants().trials(progress).size(), size_t{1});
    }

    void nothingIsKeptWhereNothingShallBe()
    {
        BITLOOM_REQUIRE_TEST_DATA();
        useCache(nullptr);
        Progress progress;
        QVERIFY(!opened(m_first)->opened().recognise(progress));
        useCache("opened");
        const auto workbench = opened(m_first); // opening alone reads and keeps nothing
        const QDir kept(m_folder.filePath("opened"));
        QVERIFY(kept.entryList({"*-*"}).isEmpty());
        QVERIFY(workbench->opened().recognise(progress));
    }
};

QTEST_APPLESS_MAIN(TestRecognition)
#include "tst_recognition.moc"
