// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "app/document/change_choice.h"
#include "app/jobs/gui_thread.h"
#include "app/jobs/jobs.h"
#include "core/quantize/recipe/recipe.h"
#include "core/workbench/session/memory.h"
#include "core/workbench/workbench.h"

#include <QObject>
#include <QSet>
#include <QTimer>
#include <QUndoStack>

#include <functional>
#include <memory>
#include <optional>

namespace bitloom {

class AutosaveFile;
class Method;

/// How loud a sentence is; the same values as MessageBar::Kind. A question (about work that would
/// be lost) waits until it is answered, whatever else is said.
enum class Loudness { Info, Warning, Error, Question };

/// What a message is about that means nothing without the document that was open.
inline constexpr const char* kAboutDocument = "document";

/// The open document: a model, the recipe for it, and its undo stack. Opening, saving and
/// autosaving happen in jobs; a failure leaves everything as it was and says so.
class Session : public QObject {
    Q_OBJECT

public:
    explicit Session(EngineFactory engines, QObject* parent = nullptr);
    ~Session() override;

    Jobs& jobs() { return m_jobs; }
    QUndoStack& undoStack() { return m_undo; }
    /// The one door to measurements, for workers.
    const WorkerOnly<Workbench>& workbench() const { return m_workbench; }

    bool isOpen() const { return m_model != nullptr; }
    const Model& model() const { return *m_model; }
    std::shared_ptr<const Model> sharedModel() const { return m_model; }
    QString modelPath() const { return m_modelPath; }
    MemoryEstimate memory() const { return m_memory; }

    const Recipe& recipe() const { return m_recipe; }
    const SlotChoice& choice(int slot) const;
    /// Activation scheme of what a slot multiplies with; empty: floats.
    QString activationScheme(int slot) const;
    /// What a slot is stored as: chosen, or f32 where a transform changes it; empty: as it was.
    std::string storedScheme(int slot) const;
    /// The slots the last fit changed and that still are as it left them.
    const QSet<int>& changedByFit() const { return m_changedByFit; }

    /// Opens a path or "sample"; opened(), openFailed() or a message follows. What was not saved of
    /// the recipe stays on the disk for the next session of its model, unless leaveRecipe was said.
    void open(const QString& path);
    /// The user discards the recipe as it is now: the next open() keeps nothing of it once its
    /// model is there, unless it is changed meanwhile.
    void leaveRecipe() { m_leftRecipe = m_recipe; }

    // Edits. Each is one undo step; what changes nothing leaves no step.
    /// Refused with a message naming the slots that cannot have the scheme.
    void setScheme(const QList<int>& slotIndices, const QString& scheme);
    void setMethod(const QList<int>& slotIndices, const QString& method);
    /// Of slots that have one method (methodParameters).
    /// Of the slots that have that method; parameters that are not given stay as they are.
    void setMethodParameters(const QList<int>& slotIndices, const Method& method,
                             const std::map<std::string, double>& parameters);
    void setLocked(const QList<int>& slotIndices, bool locked);
    /// Edits with the same `drag` (not 0) become one step.
    void setClip(const QList<int>& slotIndices, std::optional<double> low,
                 std::optional<double> high, int drag = 0);
    void setTarget(const QString& target);
    /// Quantizes what the slots multiply with; "" for floats.
    void setActivationScheme(const QList<int>& slotIndices, const QString& scheme);
    /// Of those of the slots that have a scheme and can be corrected; nothing: as they decode.
    void setCorrection(const QList<int>& slotIndices, const std::optional<CorrectionStep>& step);
    /// Of the whole model; none: the weights as they were opened.
    void setTransforms(const std::vector<TransformStep>& steps);
    /// Replaces the choices of all slots; `byFit` marks what changes.
    void replaceRecipe(const Recipe& recipe, const QString& title, bool byFit);

    // The recipe's file.
    QString recipePath() const { return m_recipePath; }
    bool isSaved() const { return m_undo.isClean() && !m_restored; }
    void saveRecipe(const QString& path);
    /// Warns, and asks, when the recipe belongs to another model.
    void openRecipe(const QString& path);
    /// The document is closed deliberately: nothing to restore.
    void forgetAutosave();
    /// Looks for a recipe a crash left behind; offers to open its model.
    void offerRestore();
    /// What that offer is about: it means nothing once the model is open.
    static QString aboutRestoring(const std::string& identity);

Q_SIGNALS:
    /// Another model is about to take the place of the open one. Nothing has changed yet: whoever
    /// holds slots, figures or dialogs of it lets go of them now, so that between this and opened()
    /// nobody has anything of either.
    void aboutToOpen();
    /// It has. Before its first listener hears of it, model, recipe and undo stack are all new.
    void opened();
    /// Or it was stopped: the document is as it was.
    void openFailed();
    /// The user took the offer to restore: to be opened by whoever asks about unsaved work first.
    void openRequested(const QString& path);
    void choicesChanged(const QList<int>& slotIndices);
    void targetChanged();
    /// It stays as it is; a message says why.
    void targetRefused();
    /// Another recipe has taken the place of this one.
    void recipeTaken();
    /// Path or saved state of the recipe.
    void fileChanged();
    void saved();
    /// `actionText` (may be empty) names `action`; `about` is the operation that failed, or
    /// kAboutDocument.
    void message(bitloom::Loudness loudness, const QString& sentence,
                 const QString& actionText = {}, const std::function<void()>& action = {},
                 const QString& about = {});
    /// An operation succeeded: its errors are answered.
    void resolved(const QString& about);

private:
    struct Opened;
    /// `leftRecipe`: of the open model, discarded before; may be none.
    void adopt(const Opened& opened, const std::optional<Recipe>& leftRecipe);
    /// Nothing of the open model is left but its file and what was not saved of its recipe.
    void letGo(const std::optional<Recipe>& leftRecipe);
    void sayWhatStops();
    void warnAboutMemory(qint64 available);
    void restore(const Recipe& recipe);
    void discardRestored();
    /// Nothing of the recipe, as it is now, would be lost.
    void markSaved();
    void receiveRecipe(const Recipe& recipe, const QString& path);
    void takeRecipe(const Recipe& recipe, const QString& title);
    void adoptRecipe(const Recipe& recipe, const QString& path);
    QList<ChoiceChange> differences(const Recipe& recipe) const;
    void apply(const ChoiceEdit& edit);
    /// What makes this recipe of the present one.
    ChoiceEdit editTo(const Recipe& recipe, bool byFit = false) const;
    void push(const QString& title, const ChoiceEdit& after, int drag = 0);
    /// With the slots that the target keeps in one tensor with them.
    QList<int> together(const QList<int>& slotIndices) const;
    template <class Change>
    void changeEach(const QString& title, const QList<int>& slotIndices, Change change,
                    int drag = 0);
    void autosave();

    EngineFactory m_engines;
    WorkerOnly<Workbench> m_workbench;
    std::shared_ptr<const Model> m_model;
    QString m_modelPath;
    MemoryEstimate m_memory;
    /// The slots that the recipe's transforms change, found when first asked for.
    struct Transformed {
        std::shared_ptr<const Model> model;
        std::vector<TransformStep> steps;
        std::vector<int> slotIndices;
    };
    mutable Transformed m_transformed;
    Recipe m_recipe;
    QSet<int> m_changedByFit;
    QUndoStack m_undo;
    QString m_recipePath;
    std::optional<Recipe> m_leftRecipe; ///< discarded by the user, for the next open()
    bool m_opening = false;             ///< asked for, and neither there nor given up
    bool m_restored = false;            ///< from an autosave: not yet in any file
    QTimer m_autosave;
    std::shared_ptr<AutosaveFile> m_autosaveFile; ///< used by jobs alone
    Jobs m_jobs;                                  ///< last: its workers end before the rest goes
};

} // namespace bitloom

Q_DECLARE_METATYPE(bitloom::Loudness)
