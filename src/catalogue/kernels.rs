//! Kernels: for which GPUs the code in a library was compiled, and on which others it runs.

/// Code for GPUs, with the compute capability that it was compiled for, without the dot ("Application Compatibility" in
/// NVIDIA's guide to programming with CUDA C++).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// Machine code: it runs on every later GPU of the same family, which is the same major number.
    Sm(u32),
    /// Machine code that uses what only one architecture has, such as `sm_90a`: it runs on no other.
    SmA(u32),
    /// PTX, which the driver compiles for the GPU that it finds, this one and every later one. It does so when the
    /// program starts, for minutes where there are many kernels, and keeps the result in a folder below `HOME`.
    Ptx(u32),
}

/// How the kernels of a library and a GPU go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// They run as they are.
    Native,
    /// The driver has to compile them first.
    Translated,
    /// They are for newer GPUs.
    TooOld,
    /// They are for older and for newer GPUs.
    LeftOut,
    /// They are for older GPUs.
    TooNew,
}

impl Kernel {
    fn sm(self) -> u32 {
        match self {
            Self::Sm(sm) | Self::SmA(sm) | Self::Ptx(sm) => sm,
        }
    }
}

/// How kernels go together with a GPU of this compute capability.
#[must_use]
pub fn support(kernels: &[Kernel], sm: u32) -> Support {
    let runs = |it: &Kernel| match *it {
        Kernel::Sm(own) => own <= sm && own / 10 == sm / 10,
        Kernel::SmA(own) => own == sm,
        Kernel::Ptx(_) => false,
    };
    if kernels.iter().any(runs) {
        return Support::Native;
    }
    if kernels.iter().any(|it| matches!(it, Kernel::Ptx(least) if *least <= sm)) {
        return Support::Translated;
    }
    match (kernels.iter().any(|it| it.sm() < sm), kernels.iter().any(|it| it.sm() > sm)) {
        (false, _) => Support::TooOld,
        (true, true) => Support::LeftOut,
        (true, false) => Support::TooNew,
    }
}

/// What the kernels were compiled for, as it is read aloud: `sm_75, 80, 90a and PTX of 90`.
#[must_use]
pub fn named(kernels: &[Kernel]) -> String {
    let compiled: Vec<String> = kernels
        .iter()
        .filter_map(|it| match it {
            Kernel::Sm(sm) => Some(sm.to_string()),
            Kernel::SmA(sm) => Some(format!("{sm}a")),
            Kernel::Ptx(_) => None,
        })
        .collect();
    let ptx = kernels.iter().filter(|it| matches!(it, Kernel::Ptx(_))).map(|it| it.sm()).min();
    let ptx = ptx.map(|it| format!(" and PTX of {it}")).unwrap_or_default();
    format!("sm_{}{ptx}", compiled.join(", "))
}

#[cfg(test)]
mod tests {
    use super::Kernel::{Ptx, Sm, SmA};
    use super::*;

    #[test]
    fn machine_code_runs_on_later_gpus_of_its_family() {
        let kernels = [Sm(75), Sm(80), Sm(90), Sm(100)];
        for (sm, expected) in [
            (70, Support::TooOld),
            (75, Support::Native),
            (89, Support::Native),
            (103, Support::Native),
            (110, Support::TooNew),
            (120, Support::TooNew),
        ] {
            assert_eq!(support(&kernels, sm), expected, "sm_{sm}");
        }
    }

    #[test]
    fn what_only_one_architecture_has_runs_on_no_other() {
        let kernels = [Sm(80), SmA(90), SmA(100), SmA(120)];
        for (sm, expected) in
            [(90, Support::Native), (100, Support::Native), (103, Support::LeftOut), (121, Support::TooNew)]
        {
            assert_eq!(support(&kernels, sm), expected, "sm_{sm}");
        }
    }

    #[test]
    fn ptx_is_compiled_for_later_gpus_only() {
        let kernels = [Sm(60), Sm(80), Ptx(90)];
        for (sm, expected) in [
            (52, Support::TooOld),
            (75, Support::LeftOut),
            (86, Support::Native),
            (90, Support::Translated),
            (120, Support::Translated),
        ] {
            assert_eq!(support(&kernels, sm), expected, "sm_{sm}");
        }
    }

    #[test]
    fn kernels_are_named_in_their_order() {
        assert_eq!(named(&[Sm(75), Sm(80), SmA(90)]), "sm_75, 80, 90a");
        assert_eq!(named(&[Sm(60), Sm(70), Ptx(90)]), "sm_60, 70 and PTX of 90");
    }
}
